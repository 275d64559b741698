// Nodes that come and go under load: restarted one after another as an upgrade does it, killed one after another, and one
// whose wall clock is put forward and back.
#include "test/cluster/loaded_cluster.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

namespace maestro::test {

namespace {

class Nodes : public loaded_cluster {
protected:
  std::string neighbour(const std::string& name) const { return name == "n1" ? "n2" : "n1"; }
};

TEST_F(Nodes, AreUpgradedOneByOneAndNoRequestFails) {
  begin(1);
  auto before = all_processes();
  load->count_anew();
  for (auto& name : node_names) {
    auto other = neighbour(name);
    ASSERT_EQ(ask(other, "POST", "/nodes/" + name + "/drain", json::object()).status, 200u);
    ASSERT_TRUE(within(10s, [&] { return schedulers_of(other, name) == 0; })) << logs();
    send_to(name, other);
    std::this_thread::sleep_for(100ms); // what is under way there
    auto since = std::chrono::steady_clock::now();
    ASSERT_EQ(nodes[name]->stop(SIGTERM), 0) << nodes[name]->log();
    start_node(name);
    std::cout << fmt::format("{} was away for {:.2f} s\n", name,
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    ASSERT_TRUE(within(15s, [&] { return status(other, name) == "draining"; })) << logs();
    ASSERT_EQ(ask(other, "POST", "/nodes/" + name + "/undrain", json::object()).status, 200u);
    ASSERT_TRUE(within(10s, [&] { return all_see(3); })) << logs();
    send_to(name, name);
  }
  for (auto& door : node_names) {
    EXPECT_EQ(load->allocations(door).failed, 0) << door << ": " << load->allocations(door).last_failure;
    EXPECT_EQ(load->reads(door).failed, 0) << door << ": " << load->reads(door).last_failure;
    std::cout << fmt::format("{}: slowest allocation {:.2f} s, slowest read {:.2f} s\n", door,
                             load->allocations(door).slowest, load->reads(door).slowest);
  }
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Nodes, AreKilledOneAfterAnotherUnderLoad) {
  begin(1);
  auto before = all_processes();
  std::random_device chance;
  auto seed = chance();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  for (int i = 0; i < 4; ++i) {
    auto name = node_names[random() % node_names.size()];
    auto other = neighbour(name);
    auto since = std::chrono::steady_clock::now();
    nodes[name]->kill_now();
    ASSERT_TRUE(within(8s, [&] {
      return schedulers_of(other, name) == 0 && answered_at(other, schedulers) == schedulers;
    })) << logs();
    report(name + " was killed", std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    EXPECT_EQ(all_processes(), before);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1000));
    start_node(name);
    ASSERT_TRUE(within(15s, [&] { return count(other, "ready") == 3; })) << logs();
  }
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Nodes, AStepOfOnesWallClockConcernsNobody) {
  auto faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
  ASSERT_TRUE(std::filesystem::exists(faketime)) << "install libfaketime";
  auto step = [&](long ahead) {
    std::ofstream(folder + "/clock.next") << (ahead < 0 ? "" : "+") << ahead << "s\n";
    std::filesystem::rename(folder + "/clock.next", folder + "/clock");
  };
  step(0);
  more_environment["n2"] = {{"LD_PRELOAD", faketime},
                            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                            {"FAKETIME_NO_CACHE", "1"},
                            {"FAKETIME_TIMESTAMP_FILE", folder + "/clock"}};
  begin(1);
  auto before = all_processes();
  auto owned = schedulers_of("n1", "n2");
  load->count_anew();
  for (long ahead : {301L, 7200L, -3600L, 0L}) {
    step(ahead);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(count("n1", "ready"), 3) << "after a step to " << ahead << " s: " << logs();
  }
  for (auto& door : node_names) {
    EXPECT_EQ(load->allocations(door).failed, 0) << door << ": " << load->allocations(door).last_failure;
    EXPECT_EQ(load->reads(door).failed, 0) << door << ": " << load->reads(door).last_failure;
  }
  EXPECT_EQ(schedulers_of("n1", "n2"), owned);
  end_well();
  EXPECT_EQ(all_processes(), before);
}

} // namespace

} // namespace maestro::test
