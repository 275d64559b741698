// What time does to matches: a wall clock that is put forward and back under a running node, and a node that stood
// still for longer than rooms may be silent.
#include "test/e2e/live_node.hpp"
#include "test/support/faketime.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

using namespace maestro::test;

namespace {

/// A node whose wall clock is what this test says; its steady clock and those of its game servers are true.
struct stepped_node : node {
  stepped_node() {
    environment["MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS"] = "6000";
    environment["LD_PRELOAD"] = faketime;
    environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    environment["FAKETIME_NO_CACHE"] = "1";
    environment["FAKETIME_TIMESTAMP_FILE"] = folder() + "/clock";
    step(0);
  }

  /// Seconds ahead of the true time, from now on.
  void step(long ahead) {
    auto next = folder() + "/clock.next";
    std::ofstream(next) << (ahead < 0 ? "" : "+") << ahead << "s\n";
    std::filesystem::rename(next, folder() + "/clock");
  }
};

void sleep_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

} // namespace

TEST(Clock, StepsEndNoRoomThatPingsAndGiveNoneToASecondMatch) {
  if (!can_fake_time)
    GTEST_SKIP() << "a sanitized node cannot have a clock of its own";
  ASSERT_TRUE(std::filesystem::exists(faketime)) << "install libfaketime";
  stepped_node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 5, {"--ping-interval-ms=1000"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 5, "ready")) << n.log();
  auto servers = n.servers();
  std::set<std::string> given;
  auto allocate = [&] {
    auto told = n.rooms_api("POST", "/scheduler/arena/rooms/allocate", json::object());
    EXPECT_EQ(told.status, 200u) << told.body;
    EXPECT_TRUE(given.insert(told.body.value("roomId", "")).second) << "given twice: " << told.body;
  };
  for (long ahead : {301L, 7200L, -3600L, 0L}) {
    allocate();
    n.step(ahead);
    sleep_for(std::chrono::milliseconds{2500}); // two looks of the health controller
    EXPECT_EQ(n.servers(), servers) << "after a step to " << ahead << " s: " << n.log();
  }
  EXPECT_NE(n.log().find("the wall clock stepped"), std::string::npos) << n.log();
}

TEST(Clock, ALostRoomIsReplacedThoughTheClockWasPutBack) {
  if (!can_fake_time)
    GTEST_SKIP() << "a sanitized node cannot have a clock of its own";
  ASSERT_TRUE(std::filesystem::exists(faketime)) << "install libfaketime";
  stepped_node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 2, {"--ping-interval-ms=500"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 2, "ready")) << n.log();
  auto before = n.servers();
  ::kill(before.begin()->second, SIGKILL);
  sleep_for(std::chrono::milliseconds{400}); // it died early: its replacement waits for a second
  n.step(-3600);
  EXPECT_TRUE(eventually(seconds{30}, [&] { return n.servers().size() == 2 && n.servers() != before; }))
      << n.log();
}

TEST(Clock, ANodeThatStoodStillEndsNobody) {
  node n;
  n.environment["MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS"] = "6000";
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 5, {"--ping-interval-ms=1000"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 5, "ready")) << n.log();
  auto servers = n.servers();
  ::kill(n.running().pid(), SIGSTOP);
  sleep_for(std::chrono::milliseconds{9000});
  ::kill(n.running().pid(), SIGCONT);
  sleep_for(std::chrono::milliseconds{4000});
  EXPECT_EQ(n.servers(), servers) << n.log();
  EXPECT_NE(n.log().find("did not run for a while"), std::string::npos) << n.log();
}
