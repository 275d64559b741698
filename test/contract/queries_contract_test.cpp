// The routes that only look (proto/README.md 1.5: M1, M2, M8 to M11) and how a query is read (1.1), spoken to the
// real binary: each filter, each refusal with its text, and which refusal comes first.
#include "test/contract/contract_fixture.hpp"

#include <algorithm>
#include <regex>

namespace maestro {
namespace {

using namespace std::chrono_literals;

class QueriesContract : public contract_fixture {
protected:
  static std::vector<std::string> all_of(const std::string& body, const std::string& field) {
    std::vector<std::string> found;
    std::regex pattern("\"" + field + "\":\"([^\"]*)\"");
    for (auto i = std::sregex_iterator(body.begin(), body.end(), pattern); i != std::sregex_iterator(); ++i)
      found.push_back((*i)[1]);
    return found;
  }
  static std::vector<std::string> listed(const std::string& query) {
    return all_of(ask("GET", "/schedulers" + query).body, "name");
  }
  static void patch(const std::string& name, const std::string& body) {
    auto before = ask("GET", "/schedulers/" + name + "/versions").body;
    ASSERT_TRUE(within(20s, [&] { return ask("PATCH", "/schedulers/" + name, body).status == 200; }));
    ASSERT_TRUE(within(20s, [&] {
      auto now = ask("GET", "/schedulers/" + name + "/versions").body;
      return now.size() > before.size() && now.find(R"(,"isActive":true,)") < now.find(R"(,"isActive":false,)");
    }));
  }
};

TEST_F(QueriesContract, FiltersOfTheListMustAllHold) {
  for (auto [name, game] : {std::pair{"one", "g"}, {"two", "g"}, {"three", "other"}}) {
    ASSERT_EQ(ask("POST", "/schedulers", of_game(recipe(name, 0), game)).status, 200);
    ASSERT_TRUE(in_sync(name));
  }
  patch("two", R"({"maxSurge":"20%"})");
  using names = std::vector<std::string>;
  EXPECT_EQ(listed(""), (names{"one", "three", "two"}));
  EXPECT_EQ(listed("?name=&game=&version="), (names{"one", "three", "two"}));
  EXPECT_EQ(listed("?game=g"), (names{"one", "two"}));
  EXPECT_EQ(listed("?name=one"), (names{"one"}));
  EXPECT_EQ(listed("?name=on"), names{}) << "a filter is exact";
  EXPECT_EQ(listed("?game=g&version=v1.0.0"), (names{"one"})) << "the version is the active one";
  EXPECT_EQ(listed("?version=v1.1.0"), (names{"two"}));
  EXPECT_EQ(listed("?name=one&game=other"), names{});
  EXPECT_EQ(listed("?name=one&unknown=1&page=x"), (names{"one"})) << "unknown names are ignored";
  EXPECT_EQ(listed("?na%6De=%6Fne"), (names{"one"}));
  expect(ask("GET", "/schedulers?name=none"), 200, R"({"schedulers":[]})");
  expect(ask("GET", "/schedulers?name=a&name=b"), 400, error(3, R"(too many values for field \"name\": a, b)"));
  expect(ask("GET", "/schedulers?version=v1.1.0"), 200,
         R"({"schedulers":[{"name":"two","game":"g","state":"in-sync","version":"v1.1.0",)"
         R"("portRange":{"start":20000,"end":29999},"createdAt":"TIME","maxSurge":"20%","roomsReplicas":0,)"
         R"("matchAllocation":{"maxMatches":1}}]})");
  auto info = [](const std::string& name, const std::string& game) {
    return R"({"name":")" + name + R"(","game":")" + game +
           R"(","state":"in-sync","roomsReplicas":0,"roomsReady":0,"roomsOccupied":0,"roomsPending":0,)"
           R"("roomsTerminating":0,"autoscaling":null,"roomsUnready":0,"roomsActive":0,"roomsAllocated":0,)"
           R"("roomsError":0})";
  };
  expect(ask("GET", "/schedulers/info?game=other"), 200, R"({"schedulers":[)" + info("three", "other") + "]}");
  expect(ask("GET", "/schedulers/info?game=g"), 200,
         R"({"schedulers":[)" + info("one", "g") + "," + info("two", "g") + "]}");
  EXPECT_EQ(all_of(ask("GET", "/schedulers/info").body, "name"), (names{"one", "three", "two"}));
  expect(ask("GET", "/schedulers/info?game=a&game=b"), 400,
         error(3, R"(too many values for field \"game\": a, b)"));
}

TEST_F(QueriesContract, SchedulerIsShownInTheVersionThatIsAskedFor) {
  ASSERT_EQ(ask("POST", "/schedulers", recipe("seen", 0)).status, 200);
  ASSERT_TRUE(in_sync("seen"));
  patch("seen", R"({"maxSurge":"20%"})");
  auto first = "{\"scheduler\":" + shown("seen", 0, "in-sync") + "}";
  auto second = replaced(replaced(first, "10%", "20%"), "v1.0.0", "v1.1.0");
  ASSERT_TRUE(in_sync("seen"));
  expect(ask("GET", "/schedulers/seen"), 200, second);
  expect(ask("GET", "/schedulers/seen?version="), 200, second);
  expect(ask("GET", "/schedulers/seen?version=v1.1.0"), 200, second);
  expect(ask("GET", "/schedulers/seen?version=v1.0.0"), 200, first);
  expect(ask("GET", "/schedulers/seen?version=v1.0.0&schedulerName=other"), 200, first);
  expect(ask("GET", "/schedulers/seen?version=1.0.0"), 404, error(5, "scheduler seen not found"));
  expect(ask("GET", "/schedulers/seen?version=a&version=b"), 400,
         error(3, R"(too many values for field \"version\": a, b)"));
  expect(ask("GET", "/schedulers/s%65en/versions"), 200,
         R"({"versions":[{"version":"v1.1.0","isActive":true,"createdAt":"TIME"},)"
         R"({"version":"v1.0.0","isActive":false,"createdAt":"TIME"}]})");
}

// What M9 counts: each room in exactly one field.
TEST_F(QueriesContract, InfoCountsEveryRoomOnce) {
  auto ids = with_ready_rooms("counted", "counting", 4,
                              R"(,"matchAllocation":{"maxMatches":3},"autoscaling":{"enabled":true,"min":4,)"
                              R"("max":4,"cooldown":60,"policy":{"type":"fixedBuffer","parameters":)"
                              R"({"fixedBuffer":{"amount":1}}}})");
  ASSERT_EQ(ids.size(), 4U);
  auto allocated = ask_rooms("POST", "/scheduler/counted/rooms/allocate", "what is sent is not read {");
  EXPECT_EQ(first_match(allocated.body, R"re("roomId":"([^"]*)")re"), ids[0]);
  EXPECT_TRUE(ping("counted", ids[1], R"({"status":"occupied","runningMatches":3})"));
  EXPECT_TRUE(ping("counted", ids[2], R"({"status":"occupied","runningMatches":1})"));
  auto info = [](int ready, int occupied, int terminating, int unready, int active, int allocations) {
    return R"({"schedulers":[{"name":"counted","game":"counting","state":"in-sync","roomsReplicas":4,"roomsReady":)" +
           std::to_string(ready) + R"(,"roomsOccupied":)" + std::to_string(occupied) +
           R"(,"roomsPending":0,"roomsTerminating":)" + std::to_string(terminating) +
           R"(,"autoscaling":{"enabled":true,"min":4,"max":4,"cooldown":60},"roomsUnready":)" +
           std::to_string(unready) + R"(,"roomsActive":)" + std::to_string(active) + R"(,"roomsAllocated":)" +
           std::to_string(allocations) + R"(,"roomsError":0}]})";
  };
  expect(ask("GET", "/schedulers/info?game=counting"), 200, info(1, 1, 0, 0, 1, 1));
  EXPECT_TRUE(ping("counted", ids[3], R"({"status":"terminating"})"));
  EXPECT_TRUE(within(20s, [] { return rooms("counted").size() == 5; })) << "one takes its place";
  EXPECT_TRUE(within(20s, [&] { // and is unready until its first ping
    return ask("GET", "/schedulers/info?game=counting").body == info(0, 1, 1, 1, 1, 1);
  })) << ask("GET", "/schedulers/info?game=counting").body;
}

TEST_F(QueriesContract, RefusedListsOfOperationsSayTheFirstThingThatIsWrong) {
  struct row {
    std::string query, text;
  };
  const std::string pages = "there is no pagination filter implemented for ";
  const std::string size = "page size must be between 0 and 100";
  for (auto& [query, text] : std::vector<row>{
           {"", "invalid stage filter: "},
           {"stage=", "invalid stage filter: "},
           {"stage=Final", "invalid stage filter: Final"},
           {"stage=finished", "invalid stage filter: finished"},
           {"stage=final&orderBy=created_at", "invalid sorting field: created_at"},
           {"stage=final&orderBy=CreatedAt", "invalid sorting field: CreatedAt"},
           {"stage=final&order_by=createdAt%20down", "invalid sorting order: down"},
           {"stage=final&orderBy=createdAt+ASC", "invalid sorting order: ASC"},
           {"stage=final&orderBy=createdAt+asc+x", "invalid sorting parameters number"},
           {"stage=final&page=0", "page must be greater than 0"},
           {"stage=final&perPage=0", size},
           {"stage=final&per_page=101", size},
           {"stage=active&page=1", pages + "active stage"},
           {"stage=pending&perPage=5", pages + "pending stage"},
           {"stage=odd&page=1", pages + "odd stage"},
           {"page=1", pages + " stage"},
           // One after the other: order, page, its size, pages of a stage, the stage.
           {"stage=odd&page=0&perPage=0&orderBy=x", "invalid sorting field: x"},
           {"stage=odd&page=0&perPage=0", "page must be greater than 0"},
           {"stage=odd&page=1&perPage=0", size},
           {"stage=a&stage=b", R"(too many values for field "stage": a, b)"},
           {"stage=final&page=x", R"(parsing field "page": strconv.ParseUint: parsing "x": invalid syntax)"},
           {"stage=final&page=-1", R"(parsing field "page": strconv.ParseUint: parsing "-1": invalid syntax)"},
           {"stage=final&page=1.0", R"(parsing field "page": strconv.ParseUint: parsing "1.0": invalid syntax)"},
           {"stage=final&page=4294967296",
            R"(parsing field "page": strconv.ParseUint: parsing "4294967296": value out of range)"},
           {"stage=final&page=1&page=2", R"(too many values for field "page": 1, 2)"}}) {
    SCOPED_TRACE(query);
    expect(ask("GET", "/schedulers/nobody/operations?" + query), 400, error(3, escaped(text)));
  }
}

TEST_F(QueriesContract, PagesOfOperationsAreOrderedByCreation) {
  ASSERT_EQ(ask("POST", "/schedulers", recipe("busy", 0)).status, 200);
  ASSERT_TRUE(in_sync("busy"));
  patch("busy", R"({"maxSurge":"20%"})");
  patch("busy", R"({"maxSurge":"30%"})");
  const std::string at = "/schedulers/busy/operations?stage=final";
  ASSERT_TRUE(within(20s, [&] { return all_of(ask("GET", at).body, "id").size() == 5; })) << ask("GET", at).body;
  auto newest = all_of(ask("GET", at).body, "id");
  auto oldest = newest;
  std::reverse(oldest.begin(), oldest.end());
  using names = std::vector<std::string>;
  EXPECT_EQ(all_of(ask("GET", at).body, "definitionName"),
            (names{"switch_active_version", "create_new_scheduler_version", "switch_active_version",
                   "create_new_scheduler_version", "create_scheduler"}));
  EXPECT_EQ(all_of(ask("GET", at + "&orderBy=createdAt").body, "id"), newest);
  EXPECT_EQ(all_of(ask("GET", at + "&orderBy=createdAt%20desc").body, "id"), newest);
  EXPECT_EQ(all_of(ask("GET", at + "&orderBy=createdAt+asc").body, "id"), oldest);
  EXPECT_EQ(all_of(ask("GET", at + "&perPage=100&order_by=").body, "id"), newest);
  auto page = [&](const std::string& more) { return ask("GET", at + "&perPage=2&page=" + more).body; };
  EXPECT_EQ(all_of(page("1"), "id"), (names{newest[0], newest[1]}));
  EXPECT_EQ(all_of(page("3"), "id"), (names{newest[4]}));
  EXPECT_EQ(all_of(page("2&orderBy=createdAt+asc"), "id"), (names{oldest[2], oldest[3]}));
  EXPECT_EQ(page("2").find(R"({"page":2,"pageSize":2,"total":5,"operations":[{"id":)"), 0U) << page("2");
  EXPECT_EQ(page("4"), R"({"page":4,"pageSize":2,"total":5,"operations":[]})");
  expect(ask("GET", "/schedulers/busy/operations/" + newest[0] + "?stage=x"), 200,
         R"({"operation":{"id":"ID","status":"finished","definitionName":"switch_active_version",)"
         R"("schedulerName":"busy","createdAt":"TIME","input":{"newActiveVersion":"v1.2.0"},"executionHistory":[)"
         R"({"createdAt":"TIME","event":"Created"},{"createdAt":"TIME","event":"Starting operation"},)"
         R"({"createdAt":"TIME","event":"Operation finished"}]}})");
  expect(ask("GET", "/schedulers/nobody/operations/" + newest[0]), 404,
         error(5, "operation " + newest[0] + " not found in scheduler nobody"));
}

TEST_F(QueriesContract, WhatRunsIsShownWithItsLeaseAndCanBeCanceled) {
  ASSERT_EQ(ask("POST", "/schedulers", recipe("running", 0)).status, 200);
  ASSERT_TRUE(in_sync("running"));
  auto made = ask("PATCH", "/schedulers/running", R"({"annotations":{"a":"b"}})");
  ASSERT_EQ(made.status, 200) << made.body;
  auto id = first_match(made.body, R"re("operationId":"([^"]*)")re");
  const std::string at = "/schedulers/running/operations";
  // Nobody pings the room that tries the new version out, so the operation stays.
  const std::string item = R"({"id":"ID","status":"in_progress","definitionName":"create_new_scheduler_version",)"
                           R"("lease":{"ttl":"TIME"},"schedulerName":"running","createdAt":"TIME"})";
  EXPECT_TRUE(within(20s, [&] {
    return steady(ask("GET", at + "?stage=active").body) ==
           R"({"page":1,"pageSize":1,"total":1,"operations":[)" + item + "]}";
  })) << ask("GET", at + "?stage=active").body;
  EXPECT_TRUE(std::regex_search(ask("GET", at + "?stage=active").body,
                                std::regex(R"("ttl":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")")));
  auto running = ask("GET", at + "/" + id).body;
  EXPECT_EQ(running.find("\"lease\""), std::string::npos) << "never shown here";
  EXPECT_NE(running.find(R"("status":"in_progress")"), std::string::npos);
  EXPECT_NE(running.find(R"("input":{"scheduler":{)"), std::string::npos);
  expect(ask("POST", at + "/" + id + "/cancel", "what is sent is not read {"), 200, "{}");
  EXPECT_TRUE(ended("running", made, "canceled"));
  EXPECT_NE(ask("GET", at + "/" + id).body.find(R"("event":"context canceled")"), std::string::npos);
  expect(ask("POST", at + "/" + id + "/cancel"), 409,
         error(10, R"(cannot cancel operation since status \"canceled\" is a final status)"));
}

} // namespace
} // namespace maestro
