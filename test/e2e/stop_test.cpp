// Stopping in good order, starting again, and keeping out of each other's way.
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace maestro::test;

TEST(Stop, CtrlCStopsCleanlyAndTheNextNodeFindsEverything) {
  node n;
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 3, {"--ping-interval-ms=200"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.log();
  auto servers = n.servers();
  for (int signal : {SIGINT, SIGTERM}) {
    EXPECT_EQ(n.stop(signal), 0) << n.log();
    EXPECT_EQ(n.servers(), servers) << "rooms outlive the node";
    n.start();
    EXPECT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.log();
    EXPECT_EQ(n.servers(), servers) << "and are adopted, not replaced";
  }
}

TEST(Stop, WhatEndedWhileTheNodeWasAwayIsNoticedAndReplaced) {
  node n;
  // A dead room is shown with its error until its pings are overdue; its replacement does not wait for that.
  n.environment["MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS"] = "5000";
  n.start();
  ASSERT_EQ(n.management("POST", "/schedulers", n.recipe("arena", 3, {"--ping-interval-ms=200"})).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.log();
  auto victim = *n.servers().begin();
  n.kill_now();
  ::kill(victim.second, SIGKILL);
  n.start();
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    auto rooms = n.rooms("arena");
    return !rooms.contains(victim.first) && n.servers().size() == 3 && rooms.size() == 3;
  })) << n.cli({"room", "list", "arena"}).output;
  EXPECT_TRUE(n.wait_rooms("arena", 3, "ready")) << n.log();
}

TEST(Stop, ASecondNodeOnTheSameDataIsRefusedAndTheFirstGoesOn) {
  node n;
  n.start();
  auto second = n.node_program();
  auto ports = free_ports(5);
  for (std::size_t i = 0; i + 1 < second.command.size(); ++i) {
    if (second.command[i] == "--management-port")
      second.command[i + 1] = std::to_string(ports[0]);
    if (second.command[i] == "--rooms-port")
      second.command[i + 1] = std::to_string(ports[1]);
    if (second.command[i] == "--internal-port")
      second.command[i + 1] = std::to_string(ports[2]);
    if (second.command[i] == "--management-grpc-port")
      second.command[i + 1] = std::to_string(ports[3]);
    if (second.command[i] == "--rooms-grpc-port")
      second.command[i + 1] = std::to_string(ports[4]);
  }
  auto refused = run(second, seconds{20});
  EXPECT_GT(refused.code, 0) << refused.output;
  EXPECT_NE(refused.output.find(n.data()), std::string::npos) << "it must name the folder: " << refused.output;
  EXPECT_EQ(n.internal("/readyz").status, 200u);
  EXPECT_EQ(n.management("POST", "/schedulers", n.recipe("still", 0)).status, 200u);
}

TEST(Stop, APortInUseIsNamed) {
  node n;
  n.start();
  auto second = n.node_program();
  for (auto& argument : second.command) {
    if (argument == n.data())
      argument = n.folder() + "/other-data";
  }
  auto refused = run(second, seconds{20});
  EXPECT_GT(refused.code, 0) << refused.output;
  EXPECT_NE(refused.output.find(std::to_string(n.management_port())), std::string::npos) << refused.output;
}

TEST(Stop, ARuntimeThatCannotWorkStopsTheStartAndSaysWhy) {
  node n;
  n.environment["MAESTRO_PROCESS_USER"] = "nosuchuser";
  auto refused = run(n.node_program(), seconds{20});
  EXPECT_GT(refused.code, 0) << refused.output;
  EXPECT_NE(refused.output.find("\"nosuchuser\" is not known on this machine"), std::string::npos)
      << refused.output;
  EXPECT_EQ(refused.output.find("node is ready"), std::string::npos) << refused.output;

  n.environment.erase("MAESTRO_PROCESS_USER");
  n.start();
  n.stop(SIGTERM);
  auto lock = ::open((n.data() + "/rooms/.lock").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(lock, 0);
  ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  refused = run(n.node_program(), seconds{30});
  EXPECT_GT(refused.code, 0) << refused.output;
  EXPECT_NE(refused.output.find(".lock is locked"), std::string::npos) << refused.output;
  EXPECT_EQ(refused.output.find("node is ready"), std::string::npos) << refused.output;
  ::close(lock);
  n.start();
}
