// The real node and a real matchmaker: everything that was acknowledged arrives, in the order of its room, through a
// kill -9 of the node and a matchmaker that dies and comes back; a matchmaker that hangs slows no ping.
#include "test/support/matchmaker.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <thread>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

constexpr int events_total = 30'000;
constexpr int senders = 15;
constexpr int rooms_each = 2;
constexpr int rooms_total = senders * rooms_each;

std::string recipe(const std::string& forwarders) {
  return R"({"name":"s","game":"arena","maxSurge":"10%","roomsReplicas":)" + std::to_string(rooms_total) +
         R"(,"portRange":{"start":20000,"end":29999},"forwarders":[)" + forwarders +
         R"(],"spec":{"terminationGracePeriod":"1s","containers":[{)"
         R"("name":"c","image":"i","imagePullPolicy":"IfNotPresent","command":["./run"],)"
         R"("requests":{"memory":"100Mi","cpu":"100m"},"limits":{"memory":"200Mi","cpu":"200m"},)"
         R"("ports":[{"name":"p","protocol":"udp","port":12345}]}]}})";
}

std::string forwarder(const std::string& name, const std::string& address, const std::string& timeout = "1000") {
  return R"({"name":")" + name + R"(","enable":true,"type":"gRPC","address":")" + address +
         R"(","options":{"timeout":")" + timeout + R"(","metadata":{"region":"eu"}}})";
}

/// A connection that is made again when the node is another one.
class talker {
public:
  explicit talker(std::uint16_t port) : port_(port) {}

  /// Until it is acknowledged.
  void insist(const std::string& method, const std::string& path, const std::string& body) {
    auto until = std::chrono::steady_clock::now() + 60s;
    while (!say(method, path, body))
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error(path + " was not acknowledged: " + last_);
  }
  bool say(const std::string& method, const std::string& path, const std::string& body) {
    try {
      if (!client_)
        client_ = std::make_unique<http_client>(port_, 5s);
      auto answer = client_->request(method, path, body);
      last_ = answer.body;
      return answer.status == 200 && answer.body.starts_with(R"({"success":true)");
    } catch (const std::runtime_error& why) {
      client_.reset();
      last_ = why.what();
      std::this_thread::sleep_for(5ms);
      return false;
    }
  }

private:
  std::uint16_t port_;
  std::unique_ptr<http_client> client_;
  std::string last_;
};

class MatchmakerE2e : public ::testing::Test {
public:
  /// A scheduler `s` of ready rooms.
  void begin(const std::string& forwarders) {
    auto made = fetch(node.management_port(), "POST", "/schedulers", recipe(forwarders));
    ASSERT_EQ(made.status, 200u) << made.body;
    ASSERT_TRUE(within(20s, [&] {
      rooms = ids(fetch(node.management_port(), "GET", "/schedulers/s/rooms").body);
      return rooms.size() == static_cast<std::size_t>(rooms_total);
    }));
    talker all(node.rooms_port());
    for (auto& room : rooms)
      all.insist("PUT", path(room, "ping"), R"({"status":"ready","metadata":{"map":"dust"}})");
  }
  static std::vector<std::string> ids(const std::string& list) {
    static const std::regex id("\"(s-[a-z0-9]{5})\"");
    std::set<std::string> found;
    for (auto at = std::sregex_iterator(list.begin(), list.end(), id); at != std::sregex_iterator(); ++at)
      found.insert((*at)[1]);
    return {found.begin(), found.end()};
  }
  static std::string path(const std::string& room, const std::string& what) {
    return "/scheduler/s/rooms/" + room + "/" + what;
  }

  /// Each sender's rooms in turn; the player's name is the event's number in its room. Simulated rooms end with their
  /// node; what players do there is told all the same.
  void send_all(std::atomic<int>& acknowledged) {
    std::vector<std::thread> threads;
    std::atomic<bool> has_failed{false};
    for (int sender = 0; sender < senders; ++sender)
      threads.emplace_back([&, sender] {
        talker one(node.rooms_port());
        try {
          for (int i = 0; i < events_total / senders && !has_failed; ++i, ++acknowledged) {
            auto& room = rooms[static_cast<std::size_t>(sender * rooms_each + i % rooms_each)];
            one.insist("POST", path(room, "playerevent"),
                       R"({"event":"playerJoin","metadata":{"playerId":")" + std::to_string(i / rooms_each) +
                           R"("}})");
          }
        } catch (const std::runtime_error& why) {
          has_failed = true;
          ADD_FAILURE() << why.what();
        }
      });
    for (auto& thread : threads)
      thread.join();
  }

  /// Of every room: what was heard first, in that order.
  static std::map<std::string, std::vector<int>> first_heard(const matchmaker& where) {
    std::map<std::string, std::vector<int>> heard;
    std::map<std::string, std::set<int>> known;
    for (auto& one : where.all()) {
      if (one.method != "SendPlayerEvent")
        continue;
      auto number = std::stoi(one.player_id);
      if (known[one.room].insert(number).second)
        heard[one.room].push_back(number);
    }
    return heard;
  }
  void expect_all_in_order(const matchmaker& where) {
    auto each = events_total / rooms_total;
    auto heard = first_heard(where);
    ASSERT_EQ(heard.size(), rooms.size());
    for (auto& [room, numbers] : heard) {
      ASSERT_EQ(numbers.size(), static_cast<std::size_t>(each)) << room;
      EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << room;
    }
  }
  bool has_heard_all(const matchmaker& where) {
    std::size_t sum = 0;
    for (auto& [room, numbers] : first_heard(where))
      sum += numbers.size();
    return sum == static_cast<std::size_t>(events_total);
  }

  matchmaker steady, mortal;
  node_process node{MAESTRO_BINARY};
  std::vector<std::string> rooms;
};

TEST_F(MatchmakerE2e, NoEventIsLostOrOutOfOrderWhenNodeAndMatchmakerDie) {
  begin(forwarder("steady", steady.address()) + "," + forwarder("mortal", mortal.address()));
  std::atomic<int> acknowledged{0};
  auto reached = [&](int count) { return within(60s, [&] { return acknowledged >= count; }); };
  auto since = std::chrono::steady_clock::now();
  std::thread sending([&] { send_all(acknowledged); });
  // In this thread: a node ends with the thread that started it.
  EXPECT_TRUE(reached(events_total / 4));
  mortal.die();
  EXPECT_TRUE(reached(events_total / 2));
  node.kill();
  node.start();
  EXPECT_TRUE(reached(events_total * 3 / 4));
  mortal.come_back();
  sending.join();
  auto sent = std::chrono::steady_clock::now();
  EXPECT_TRUE(within(60s, [&] { return steady.count() >= events_total && has_heard_all(steady); }));
  EXPECT_TRUE(within(60s, [&] { return mortal.count() >= events_total && has_heard_all(mortal); }));
  expect_all_in_order(steady);
  expect_all_in_order(mortal);
  auto ms = [](auto time) { return static_cast<long>(time / 1ms); };
  std::printf("%d events acknowledged in %ld ms, heard after %ld ms more; told %zu and %zu times\n", events_total,
              ms(sent - since), ms(std::chrono::steady_clock::now() - sent), steady.count(), mortal.count());
}

TEST_F(MatchmakerE2e, AMatchmakerThatHangsSlowsNoPingAndKeepsNoOtherWaiting) {
  mortal.hold([](auto&) { return true; });
  begin(forwarder("hangs", mortal.address(), "60000") + "," + forwarder("steady", steady.address()));
  talker one(node.rooms_port());
  auto since = std::chrono::steady_clock::now();
  constexpr int pings = 500;
  for (int i = 0; i < pings; ++i)
    one.insist("PUT", path(rooms[static_cast<std::size_t>(i) % rooms.size()], "ping"),
               R"({"status":"ready","metadata":{"map":"dust"}})");
  auto took = std::chrono::steady_clock::now() - since;
  EXPECT_LT(took, 60s) << "a ping waited for the matchmaker, which never answers";
  one.insist("POST", path(rooms[0], "playerevent"), R"({"event":"playerLeft","metadata":{"playerId":"0"}})");
  EXPECT_TRUE(within(20s, [&] { return first_heard(steady).size() == 1; }));
  EXPECT_EQ(mortal.count(), 0u);
  auto metrics = fetch(node.internal_port(), "GET", "/metrics").body;
  EXPECT_NE(metrics.find("maestro_api_success_player_event_forwarding_total"), std::string::npos);
}

TEST_F(MatchmakerE2e, ResyncsCarryThePingsMetadataAndTheRoomsAddress) {
  begin(forwarder("steady", steady.address()));
  talker one(node.rooms_port());
  for (int i = 0; i < 3; ++i)
    one.insist("PUT", path(rooms[0], "ping"),
               R"({"status":"ready","metadata":{"map":"dust","players":12345678}})");
  // Other rooms' first resyncs may come after it.
  auto told_players = [&]() -> std::optional<matchmaker::told> {
    for (auto& said : steady.all())
      if (said.method == "SendRoomResync" && said.room == rooms[0] && said.metadata.contains("players"))
        return said;
    return std::nullopt;
  };
  ASSERT_TRUE(within(20s, [&] { return told_players().has_value(); }));
  auto told = *told_players();
  EXPECT_EQ(told.status, "ready");
  EXPECT_EQ(told.game, "arena");
  EXPECT_EQ(told.metadata["players"], "1.2345678e+07");
  EXPECT_EQ(told.metadata["region"], "eu");
  EXPECT_EQ(told.metadata["eventType"], "resync");
  EXPECT_EQ(told.host, "127.0.0.1");
  EXPECT_GE(told.port, 20000);
}

} // namespace
