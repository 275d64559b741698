// Versions, roll-outs and autoscaling with the real binary and real game servers, while matches are played.
#include "test/e2e/live_node.hpp"
#include "test/support/open_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>

using namespace maestro::test;

namespace {

const std::vector<std::string> quick_matches{"--match-ms=1500", "--ping-interval-ms=100"};

bool is_up(const json& room) {
  auto status = room["status"].get<std::string>();
  return status == "ready" || status == "occupied" || status == "allocated";
}

std::string versions_of(const node& n, const std::string& scheduler) {
  std::map<std::string, int> count;
  for (auto& [id, room] : n.rooms(scheduler))
    ++count[room["version"].get<std::string>() + " " + room["status"].get<std::string>()];
  return json(count).dump();
}

bool wait_all(const node& n, const std::string& scheduler, const std::string& version, std::size_t count) {
  return eventually(seconds{60}, [&] {
    auto rooms = n.rooms(scheduler);
    return rooms.size() == count && std::all_of(rooms.begin(), rooms.end(), [&](auto& one) {
             return one.second["version"] == version && is_up(one.second);
           });
  });
}

std::string operation_of(const answer& enqueued) {
  return enqueued.body.value("operationId", "");
}

json operation(const node& n, const std::string& scheduler, const std::string& id) {
  return n.management("GET", "/schedulers/" + scheduler + "/operations/" + id).body["operation"];
}

bool wait_end(const node& n, const std::string& scheduler, const std::string& id, const std::string& status) {
  return eventually(seconds{40}, [&] { return operation(n, scheduler, id)["status"] == status; });
}

json image(const std::string& name) {
  return {{"spec", {{"containers", json::array({{{"image", name}}})}}}};
}

json command(std::vector<std::string> words) {
  return {{"spec", {{"containers", json::array({{{"command", words}}})}}}};
}

/// What was seen of a fleet while it changed.
struct seen {
  std::size_t least_up = 1000;
  std::size_t most_rooms = 0; ///< that are not on their way out
  std::string at_least;       ///< the rooms when the fewest were up
};

} // namespace

TEST(RollOut, ReplacesEveryRoomUnderRunningMatchesAndBreaksNone) {
  node n;
  n.start();
  auto recipe = n.recipe("arena", 8, quick_matches);
  recipe["maxSurge"] = "25%";
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 8, "ready")) << n.log();
  auto players = std::async(std::launch::async, [&] {
    return run(n.bots("arena", {"--lanes", "3", "--seconds", "20", "--pause-ms", "50"}), seconds{60});
  });
  std::atomic<bool> is_over{false};
  auto watch = std::async(std::launch::async, [&] {
    seen all;
    while (!is_over) {
      std::size_t up = 0, staying = 0;
      auto rooms = n.rooms("arena");
      for (auto& [id, room] : rooms) {
        up += is_up(room);
        staying += room["status"] != "terminating";
      }
      if (up < all.least_up)
        all.at_least = json(rooms).dump();
      all.least_up = std::min(all.least_up, up);
      all.most_rooms = std::max(all.most_rooms, staying);
    }
    return all;
  });
  auto patched = n.management("PATCH", "/schedulers/arena", image("arena:2"));
  ASSERT_EQ(patched.status, 200u) << patched.body;
  EXPECT_EQ(n.management("PATCH", "/schedulers/arena", {{"roomsReplicas", 9}}).body["code"], 9)
      << "one change of the version at a time";
  EXPECT_TRUE(wait_all(n, "arena", "v2.0.0", 8)) << versions_of(n, "arena") << n.log();
  is_over = true;
  auto fleet = watch.get();
  EXPECT_GE(fleet.least_up, 8u) << "never fewer rooms than are wanted: " << fleet.at_least << n.log();
  EXPECT_LE(fleet.most_rooms, 11u) << "eight, two of the surge and the one that tried out the version";
  auto played = players.get();
  EXPECT_EQ(played.code, 0) << played.output;
  EXPECT_NE(played.output.find("broken=0 cut=0"), std::string::npos) << played.output;

  auto back = n.management("PUT", "/schedulers/arena", {{"version", "v1.0.0"}});
  EXPECT_TRUE(wait_end(n, "arena", operation_of(back), "finished"));
  EXPECT_TRUE(wait_all(n, "arena", "v1.0.0", 8)) << versions_of(n, "arena") << n.log();
}

TEST(RollOut, OutlivesTheNode) {
  node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 4, quick_matches)).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 4, "ready")) << n.log();
  ASSERT_EQ(n.management("PATCH", "/schedulers/arena", image("arena:2")).status, 200u);
  auto up_in_version_2 = [&] {
    std::size_t up = 0;
    for (auto& [id, room] : n.rooms("arena"))
      up += room["version"] == "v2.0.0" && is_up(room);
    return up;
  };
  // Right after the answer, while the version is tried out, with one new room, with two.
  const std::vector<std::function<bool()>> moments{
      [] { return true; },
      [&] { return n.rooms("arena").size() > 4; },
      [&] { return up_in_version_2() >= 1; },
      [&] { return up_in_version_2() >= 2; },
  };
  for (auto& is_there : moments) {
    EXPECT_TRUE(eventually(seconds{30}, is_there)) << versions_of(n, "arena") << n.log();
    n.kill_now();
    n.start();
  }
  EXPECT_TRUE(wait_all(n, "arena", "v2.0.0", 4)) << versions_of(n, "arena") << n.log();
  EXPECT_EQ(n.management("GET", "/schedulers/arena").body["scheduler"]["state"], "in-sync");
  EXPECT_EQ(n.management("GET", "/schedulers/arena/versions").body["versions"].size(), 2u);
}

TEST(RollOut, ABrokenVersionIsRefusedByTheRoomThatTriesItOut) {
  node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 2, quick_matches)).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 2, "ready")) << n.log();
  auto before = n.servers("arena");
  auto broken = n.management("PATCH", "/schedulers/arena", command({open_program(ARENA_SERVER), "--port=70000"}));
  ASSERT_TRUE(wait_end(n, "arena", operation_of(broken), "error")) << n.log();
  auto ended = operation(n, "arena", operation_of(broken));
  EXPECT_NE(ended["executionHistory"].dump().find("3º Attempt"), std::string::npos) << ended;
  auto shown = n.management("GET", "/schedulers/arena").body["scheduler"];
  EXPECT_EQ(shown["spec"]["version"], "v1.0.0");
  EXPECT_EQ(shown["state"], "in-sync");
  EXPECT_TRUE(eventually(seconds{20}, [&] { return n.rooms("arena").size() == 2; })) << versions_of(n, "arena");
  EXPECT_EQ(n.servers("arena"), before);
}

TEST(RollOut, TheFleetIsKeptWhileAVersionIsTriedOutAndTheTryCanBeCanceled) {
  node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 3, quick_matches)).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.log();
  auto mute = n.management("PATCH", "/schedulers/arena", command({"/bin/sleep", "1000"}));
  ASSERT_TRUE(eventually(seconds{20}, [&] { return n.rooms("arena").size() == 4; })) << n.log();
  auto trial = n.rooms("arena");
  std::erase_if(trial, [](auto& one) { return one.second["version"] == "v1.0.0"; });
  ASSERT_EQ(trial.size(), 1u);
  auto servers = n.servers("arena");
  servers.erase(trial.begin()->first);
  ::kill(servers.begin()->second, SIGKILL);
  EXPECT_TRUE(eventually(seconds{20},
                         [&] {
                           std::size_t ready = 0;
                           for (auto& [id, room] : n.rooms("arena"))
                             ready += room["status"] == "ready";
                           return ready == 3;
                         }))
      << versions_of(n, "arena") << n.log();
  EXPECT_EQ(operation(n, "arena", operation_of(mute))["status"], "in_progress");
  auto canceled = n.management("POST", "/schedulers/arena/operations/" + operation_of(mute) + "/cancel");
  EXPECT_EQ(canceled.status, 200u) << canceled.body;
  EXPECT_TRUE(wait_end(n, "arena", operation_of(mute), "canceled"));
  EXPECT_TRUE(eventually(seconds{20}, [&] { return !n.rooms("arena").contains(trial.begin()->first); }))
      << versions_of(n, "arena");
}

TEST(Autoscaling, FollowsThePlayersUpAndDown) {
  node n;
  n.start();
  auto recipe = n.recipe("arena", 1, quick_matches);
  recipe["autoscaling"] = {
      {"enabled", true},
      {"min", 1},
      {"max", 8},
      {"cooldown", 0},
      {"policy", {{"type", "fixedBuffer"}, {"parameters", {{"fixedBuffer", {{"amount", 2}}}}}}}};
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 2, "ready")) << n.log();
  auto players = std::async(std::launch::async, [&] {
    return run(n.bots("arena", {"--lanes", "3", "--seconds", "10", "--pause-ms", "10"}), seconds{60});
  });
  EXPECT_TRUE(eventually(seconds{10}, [&] { return n.rooms("arena").size() >= 5; })) << versions_of(n, "arena");
  auto played = players.get();
  EXPECT_EQ(played.code, 0) << played.output;
  EXPECT_TRUE(eventually(seconds{20}, [&] { return n.rooms("arena").size() == 2; }))
      << versions_of(n, "arena") << n.log();
}

TEST(Autoscaling, FromZeroAPlayerWhoIsTurnedAwayBringsARoom) {
  node n;
  n.start();
  auto recipe = n.recipe("arena", 0, quick_matches);
  json occupancy{{"readyTarget", 0.5}};
  recipe["autoscaling"] = {
      {"enabled", true},
      {"min", 0},
      {"max", 3},
      {"cooldown", 0},
      {"policy", {{"type", "roomOccupancy"}, {"parameters", {{"roomOccupancy", occupancy}}}}}};
  auto created = n.management("POST", "/schedulers", recipe);
  ASSERT_EQ(created.status, 200u) << created.body;
  ASSERT_TRUE(eventually(seconds{20}, [&] {
    return n.management("GET", "/schedulers/arena").body["scheduler"]["state"] == "in-sync";
  }));
  EXPECT_TRUE(n.rooms("arena").empty());
  EXPECT_EQ(n.rooms_api("POST", "/scheduler/arena/rooms/allocate", json::object()).status, 500u);
  EXPECT_TRUE(eventually(seconds{20}, [&] {
    return n.rooms_api("POST", "/scheduler/arena/rooms/allocate", json::object()).status == 200;
  })) << n.log();
}
