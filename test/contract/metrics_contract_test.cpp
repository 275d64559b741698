// proto/README.md 8.3 whole: the real binary, to which everything happens that a client can make happen, shows the
// metrics of the table (test/contract/exposition.cpp), and nothing else; what belongs to a scheduler goes with it.
#include "test/contract/contract_fixture.hpp"
#include "test/contract/exposition.hpp"
#include "test/support/matchmaker.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class MetricsContract : public contract_fixture {
protected:
  static void SetUpTestSuite() {
    node = std::make_unique<node_process>(
        MAESTRO_BINARY, std::map<std::string, std::string>{{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "200ms"},
                                                           {"MAESTRO_REPORTER_METRICS_INTERVALMILLIS", "100"},
                                                           {"MAESTRO_SERVICES_EVENTSFORWARDER_QUEUELIMIT", "3"}});
  }
  static std::string metrics() { return ask_internal("/metrics").body; }

  /// A scheduler whose rooms are pinged, allocated, spoken of and refused things, with a matchmaker that listens
  /// and one that is not there.
  static void happen_to(const std::string& name, const std::string& matchmaker) {
    auto forwarder = [](const std::string& called, const std::string& address) {
      return R"({"name":")" + called + R"(","enable":true,"type":"gRPC","address":")" + address + "\"}";
    };
    auto ids = with_ready_rooms(
        name, 3,
        R"(,"autoscaling":{"enabled":true,"min":3,"max":3,"cooldown":0,"policy":{"type":"fixedBuffer",)"
        R"("parameters":{"fixedBuffer":{"amount":1},"roomOccupancy":{"readyTarget":0.5}}}},"forwarders":[)" +
            forwarder("listens", matchmaker) + "," + forwarder("absent", "127.0.0.1:1") + "]");
    ASSERT_EQ(ids.size(), 3U);
    auto at = "/scheduler/" + name + "/rooms/";
    ask_rooms("POST", at + "allocate");
    EXPECT_TRUE(ping(name, ids[1], R"({"status":"occupied","metadata":{"map":"dust"}})"));
    for (int event = 0; event < 8; ++event) {
      ask_rooms("POST", at + ids[1] + "/roomevent", R"({"event":"any"})");
      ask_rooms("POST", at + ids[0] + "/playerevent", R"({"event":"playerJoin","metadata":{"playerId":"p"}})");
    }
    ask_rooms("PUT", at + ids[1] + "/status", R"({"status":"ready"})");
    ask_rooms("GET", at + ids[1] + "/address");
    EXPECT_TRUE(ping(name, ids[2], R"({"status":"terminating"})"));
    EXPECT_FALSE(ping(name, ids[2], R"({"status":"occupied"})"));
    for (int more = 0; more < 2; ++more)
      ask_rooms("POST", at + "allocate");
  }
};

void check(const metric_row& row, const exposed_family& shown) {
  SCOPED_TRACE(row.name);
  EXPECT_EQ(shown.type, row.type);
  EXPECT_TRUE(shown.help.ends_with(row.help_ends)) << shown.help;
  std::map<std::map<std::string, std::string>, std::vector<std::string>> buckets;
  for (auto& one : shown.series) {
    auto labels = one.labels;
    if (one.name.ends_with("_bucket") && row.type == "histogram") {
      auto bound = labels.at("le");
      labels.erase("le");
      buckets[labels].push_back(bound);
    }
    std::set<std::string> names;
    for (auto& [name, value] : labels) {
      names.insert(name);
      auto fixed = row.values.find(name);
      if (fixed != row.values.end()) {
        EXPECT_THAT(fixed->second, Contains(value)) << name;
      }
    }
    EXPECT_EQ(names, row.labels) << one.name;
  }
  auto bounds = row.buckets;
  bounds.push_back("+Inf");
  for (auto& [labels, seen] : buckets)
    EXPECT_EQ(seen, bounds);
}

TEST_F(MetricsContract, EveryMetricIsInTheTableAndTheTableIsShown) {
  matchmaker listener;
  happen_to("seen", listener.address());
  auto speak = [room = "/scheduler/seen/rooms/" + rooms("seen").at(0)] {
    ask_rooms("POST", room + "/roomevent", R"({"event":"any"})");
    ask_rooms("POST", room + "/playerevent", R"({"event":"playerLeft","metadata":{"playerId":"p"}})");
  };
  // The queue is short, and what it drops while the machine is busy is never told: it is said again.
  EXPECT_TRUE(within(60s, [&] {
    speak();
    auto told = metrics();
    return told.find("maestro_api_success_room_event_forwarding_total{") != std::string::npos &&
           told.find("maestro_api_success_player_event_forwarding_total{") != std::string::npos;
  }));
  listener.fail(5); // NOT_FOUND: it has heard of it and does not like it
  speak();
  // Two ports for three rooms.
  ASSERT_EQ(ask("POST", "/schedulers",
                replaced(recipe("tight", 3), R"({"start":20000,"end":29999})", R"({"start":30000,"end":30001})"))
                .status,
            200);
  ask_rooms("POST", "/scheduler/nobody/rooms/allocate");
  std::map<std::string, exposed_family> shown;
  std::string missing;
  EXPECT_TRUE(within(60s, [&] {
    shown = read_exposition(metrics());
    missing.clear();
    for (auto& row : metric_rows())
      if (!row.is_rare && !shown.contains(row.name))
        missing += row.name + " ";
    return missing.empty();
  })) << missing;
  auto rows = metric_rows();
  for (auto& [name, family] : shown) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](auto& x) { return x.name == name; });
    if (row == rows.end())
      ADD_FAILURE() << name << " is not in the table";
    else
      check(*row, family);
  }
}

TEST_F(MetricsContract, RequestsAreCountedByThePatternOfTheirRoute) {
  struct row {
    std::string method, path, handler, counted;
    int code;
  };
  const std::string scheduler = "/schedulers/:schedulerName";
  const std::string room = "/scheduler/:schedulerName/rooms/:roomID/";
  const std::vector<row> management{
      {"GET", "/schedulers", "/schedulers", "GET", 200},
      {"GET", "/schedulers/x", scheduler, "GET", 404},
      {"GET", "/schedulers/info", scheduler, "GET", 200},
      {"DELETE", "/schedulers/x", scheduler, "DELETE", 404},
      {"GET", "/schedulers/x/versions", scheduler + "/versions", "GET", 404},
      {"GET", "/schedulers/x/operations?stage=odd", scheduler + "/operations", "GET", 400},
      {"GET", "/schedulers/x/operations/y", scheduler + "/operations/:operationID", "GET", 404},
      {"POST", "/schedulers/x/operations/y/cancel", scheduler + "/operations/:operationID", "POST", 500},
      {"PUT", "/schedulers", "/schedulers", "PUT", 501},
      {"BREW", "/schedulers/x", scheduler, "other", 501},
      {"GET", "/junk/1", "", "GET", 404},
      {"SIP", "/junk/2", "", "other", 404}};
  const std::vector<row> games{
      {"PUT", "/scheduler/a/rooms/b/ping", room + "ping", "PUT", 400},
      {"POST", "/scheduler/a/rooms/b/roomevent", room + "roomevent", "POST", 200},
      {"POST", "/scheduler/a/rooms/b/playerevent", room + "playerevent", "POST", 200},
      {"PUT", "/scheduler/a/rooms/b/status", room + "status", "PUT", 200},
      {"GET", "/scheduler/a/rooms/b/address", room + "address", "GET", 500},
      {"POST", "/scheduler/a/rooms/allocate", "/scheduler/:schedulerName/rooms/allocate", "POST", 500},
      {"GET", "/scheduler", "", "GET", 404}};
  for (auto& one : management)
    ask(one.method, one.path);
  for (auto& one : games)
    ask_rooms(one.method, one.path);
  auto text = metrics();
  auto expect_counted = [&](const row& one, const std::string& service) {
    EXPECT_THAT(text, HasSubstr("http_request_duration_seconds_count{code=\"" + std::to_string(one.code) +
                                "\",handler=\"" + one.handler + "\",method=\"" + one.counted + "\",service=\"" +
                                service + "\"} "))
        << one.method << " " << one.path;
  };
  for (auto& one : management)
    expect_counted(one, "management-api");
  for (auto& one : games)
    expect_counted(one, "rooms-api");
  for (auto* junk : {"BREW", "SIP", "/junk"})
    EXPECT_THAT(text, Not(HasSubstr(junk)));
  EXPECT_THAT(text, HasSubstr("\nhttp_requests_inflight{handler=\"\",service=\"management-api\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nmaestro_ready 1\n"));
  EXPECT_THAT(text, HasSubstr("\nmaestro_journal_read_only 0\n"));
}

TEST_F(MetricsContract, SchedulerTakesItsSeriesWithIt) {
  matchmaker listener;
  happen_to("brief", listener.address());
  EXPECT_TRUE(within(20s, [] {
    auto text = metrics();
    return text.find("maestro_worker_gru_occupied{game=\"g\",scheduler=\"brief\"} 1") != text.npos &&
           text.find("maestro_api_room_allocations_total{result=\"allocated\",scheduler=\"brief\"} ") != text.npos;
  })) << metrics();
  EXPECT_EQ(ask("DELETE", "/schedulers/brief").status, 200);
  ASSERT_TRUE(within(30s, [] { return ask("GET", "/schedulers/brief").status == 404; }));
  EXPECT_TRUE(within(30s, [] { return metrics().find("\"brief\"") == std::string::npos; })) << metrics();
}

} // namespace
} // namespace maestro
