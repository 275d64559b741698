// A scheduler's life with the real binary, real game servers and a real disk.
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

std::string room_folder(const node& n, const std::string& scheduler) {
  return n.data() + "/rooms/" + scheduler;
}

bool no_room_folder(const node& n, const std::string& scheduler) {
  std::error_code ec;
  return !fs::exists(room_folder(n, scheduler), ec) || fs::is_empty(room_folder(n, scheduler), ec);
}

} // namespace

TEST(Life, CreatePlayKillReplaceDelete) {
  node n;
  // A dead room is shown with its error until its pings are overdue; its replacement does not wait for that.
  n.environment["MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS"] = "5000";
  n.start();
  auto recipe = n.write("arena.json", n.recipe("arena", 3, {"--match-ms=1500", "--ping-interval-ms=200"}).dump(2));
  auto created = n.cli({"scheduler", "create", "-f", recipe, "--wait-rooms", "--wait-timeout", "60"});
  ASSERT_EQ(created.code, 0) << created.output << n.log();
  ASSERT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.cli({"room", "list", "arena"}).output;
  auto servers = n.servers("arena");
  ASSERT_EQ(servers.size(), 3u);

  auto played = run(n.bots("arena", {"--matches", "4", "--lanes", "2", "--seconds", "60"}), seconds{90});
  EXPECT_EQ(played.code, 0) << played.output;
  EXPECT_NE(played.output.find("matches=4 broken=0 cut=0"), std::string::npos) << played.output;
  EXPECT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.cli({"room", "list", "arena"}).output;
  EXPECT_EQ(n.servers("arena"), servers);

  auto [victim, pid] = *servers.begin();
  ::kill(pid, SIGKILL);
  ASSERT_TRUE(eventually(seconds{30},
                         [&, gone = victim] {
                           auto rooms = n.rooms("arena");
                           std::size_t ready = 0;
                           for (auto& [id, room] : rooms)
                             ready += room["status"] == "ready" ? 1 : 0;
                           return !rooms.contains(gone) && ready == 3;
                         }))
      << n.cli({"room", "list", "arena"}).output << n.log();
  EXPECT_FALSE(n.servers("arena").contains(victim));
  for (auto& [id, p] : n.servers("arena")) {
    if (servers.contains(id)) {
      EXPECT_EQ(p, servers[id]) << "the others must not be touched";
    }
  }

  auto survivor = n.servers("arena").begin()->first;
  auto logs = n.cli({"room", "logs", "arena", survivor});
  EXPECT_EQ(logs.code, 0) << logs.output;
  EXPECT_NE(logs.output.find("arena on UDP"), std::string::npos) << logs.output;

  auto deleted = n.cli({"scheduler", "delete", "arena", "--wait"});
  EXPECT_EQ(deleted.code, 0) << deleted.output << n.log();
  EXPECT_TRUE(eventually(seconds{20}, [&] { return n.servers().empty(); }));
  EXPECT_TRUE(eventually(seconds{20}, [&] { return no_room_folder(n, "arena"); }));
  EXPECT_EQ(n.cli({"scheduler", "get", "arena"}).code, 4);

  auto again = n.cli({"scheduler", "create", "-f", recipe, "--wait-rooms", "--wait-timeout", "60"});
  EXPECT_EQ(again.code, 0) << again.output << n.log();
  EXPECT_EQ(n.cli({"scheduler", "delete", "arena", "--wait"}).code, 0);
  EXPECT_TRUE(eventually(seconds{20}, [&] { return n.servers().empty(); }));
}

TEST(Life, AServerThatIgnoresSigtermIsKilledAfterItsGrace) {
  node n;
  n.start();
  auto recipe = n.recipe("stubborn", 1, {"--ignore-sigterm", "--ping-interval-ms=200"});
  recipe["spec"]["terminationGracePeriod"] = "1s";
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
  ASSERT_TRUE(n.wait_rooms("stubborn", 1, "ready")) << n.log();
  EXPECT_EQ(n.cli({"scheduler", "delete", "stubborn", "--wait"}).code, 0) << n.log();
  EXPECT_TRUE(eventually(seconds{20}, [&] { return n.servers().empty(); }));
}

TEST(Life, AServerThatDiesAtOnceIsReplacedAgainAndAgainButNotWithoutPause) {
  node n;
  n.start();
  auto recipe = n.recipe("dying", 1, {"--port=70000"}); // an option it refuses: exit code 2
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
  std::set<std::string> seen;
  auto until = std::chrono::steady_clock::now() + seconds{6};
  eventually(seconds{6}, [&] {
    for (auto& [id, room] : n.rooms("dying"))
      seen.insert(id);
    return std::chrono::steady_clock::now() >= until;
  });
  EXPECT_GE(seen.size(), 2u);
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    return n.cli({"scheduler", "list"}).output.find("degraded: ") != std::string::npos;
  })) << n.cli({"scheduler", "list"}).output;
  EXPECT_LE(seen.size(), 12u) << "a room that dies at once must not be replaced in a tight loop";
  EXPECT_EQ(n.cli({"scheduler", "delete", "dying", "--wait"}).code, 0) << n.log();
  EXPECT_TRUE(n.servers().empty());
}

TEST(Life, AllocatedRoomsAreHandedOutOnce) {
  node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("held", 5, {"--ping-interval-ms=100"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("held", 5, "ready")) << n.log();
  std::set<std::string> given;
  for (int i = 0; i < 5; ++i) {
    auto got = n.rooms_api("POST", "/scheduler/held/rooms/allocate", json::object());
    ASSERT_EQ(got.status, 200u) << got.body;
    EXPECT_TRUE(given.insert(got.body["roomId"].get<std::string>()).second);
    EXPECT_EQ(got.body["ports"].size(), 1u);
    EXPECT_EQ(got.body["ports"][0]["protocol"], "UDP");
  }
  EXPECT_EQ(n.rooms_api("POST", "/scheduler/held/rooms/allocate", json::object()).status, 500u);
  EXPECT_TRUE(n.wait_rooms("held", 5, "allocated"));
}
