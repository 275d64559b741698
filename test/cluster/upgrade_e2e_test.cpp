// Nodes that come and go under load: restarted one after another as an upgrade does it, killed one after another, and one
// whose wall clock is put forward and back.
#include "test/cluster/loaded_cluster.hpp"
#include "test/support/faketime.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

namespace maestro::test {

namespace {

class Nodes : public loaded_cluster {
protected:
  std::string neighbour(const std::string& name) const { return name == "n1" ? "n2" : "n1"; }
  /// That node's wall clock is what `step` says, its steady clock is true.
  void have_a_clock_of_its_own(const std::string& name) {
    step(0);
    more_environment[name] = {{"LD_PRELOAD", faketime},
                              {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                              {"FAKETIME_NO_CACHE", "1"},
                              {"FAKETIME_TIMESTAMP_FILE", folder + "/clock"}};
  }
  void step(long ahead) const {
    std::ofstream(folder + "/clock.next") << (ahead < 0 ? "" : "+") << ahead << "s\n";
    std::filesystem::rename(folder + "/clock.next", folder + "/clock");
  }
  /// Its machine lives; others have taken its schedulers, and it comes back.
  void lose_and_bring_back(const std::string& name, const std::string& seen_by,
                           const std::vector<std::string>& doors) {
    nodes[name]->kill_now();
    ASSERT_TRUE(within(30s, [&] { return schedulers_of(seen_by, name) == 0 && served_at(doors, schedulers); }))
        << logs();
    std::this_thread::sleep_for(2s); // two looks of the health controller
    start_node(name);
    ASSERT_TRUE(within(30s, [&] { return status(seen_by, name) == "ready"; })) << logs();
  }
};

// MAESTRO_TEST_OLD_NODE names the binary of an earlier state to upgrade from; without it both are this build's.
TEST_F(Nodes, AreUpgradedOneByOneAndNoRequestFails) {
  if (auto* old = std::getenv("MAESTRO_TEST_OLD_NODE"))
    first_binary = old;
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  load->count_anew();
  for (auto& name : node_names) {
    auto other = neighbour(name);
    ASSERT_EQ(ask(other, "POST", "/nodes/" + name + "/drain", json::object()).status, 200u);
    ASSERT_TRUE(within(30s, [&] { return schedulers_of(other, name) == 0; })) << logs();
    send_to(name, other);
    std::this_thread::sleep_for(100ms); // what is under way there
    auto since = std::chrono::steady_clock::now();
    ASSERT_EQ(nodes[name]->stop(SIGTERM), 0) << nodes[name]->log();
    nodes[name]->binary = MAESTRO_BINARY;
    start_node(name);
    std::cout << fmt::format("{} was away for {:.2f} s\n", name,
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    ASSERT_TRUE(within(30s, [&] { return status(other, name) == "draining"; })) << logs();
    ASSERT_EQ(ask(other, "POST", "/nodes/" + name + "/undrain", json::object()).status, 200u);
    ASSERT_TRUE(within(30s, [&] { return all_see(3); })) << logs();
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
  ASSERT_NO_FATAL_FAILURE(begin(1));
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
    ASSERT_TRUE(within(30s, [&] {
      return schedulers_of(other, name) == 0 && answered_at(other, schedulers) == schedulers;
    })) << logs();
    report(name + " was killed", std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    EXPECT_EQ(all_processes(), before);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1000));
    start_node(name);
    ASSERT_TRUE(within(30s, [&] { return count(other, "ready") == 3; })) << logs();
  }
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Nodes, AStepOfOnesWallClockConcernsNobody) {
  if (!can_fake_time)
    GTEST_SKIP() << "a sanitized node cannot have a clock of its own";
  ASSERT_TRUE(std::filesystem::exists(faketime)) << "install libfaketime";
  have_a_clock_of_its_own("n2");
  ASSERT_NO_FATAL_FAILURE(begin(1));
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

// What the others wrote is an hour old to it, or of the future, and what it wrote is so to them.
TEST_F(Nodes, WhoseWallClockIsWrongTakeOverAndGiveAwayAndNobodyEnds) {
  if (!can_fake_time)
    GTEST_SKIP() << "a sanitized node cannot have a clock of its own";
  ASSERT_TRUE(std::filesystem::exists(faketime)) << "install libfaketime";
  for (auto& name : node_names)
    more_environment[name] = {{"MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS", "60000"}};
  have_a_clock_of_its_own("n2");
  more_environment["n2"]["MAESTRO_SERVICES_ROOMMANAGER_ROOMPINGTIMEOUTMILLIS"] = "60000";
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  for (long ahead : {300L, -3600L}) {
    step(ahead);
    load->count_anew();
    ASSERT_EQ(ask("n1", "POST", "/nodes/n1/drain", json::object()).status, 200u);
    ASSERT_TRUE(within(30s, [&] { return schedulers_of("n2", "n1") == 0; })) << logs();
    lose_and_bring_back("n3", "n2", {"n2"});
    EXPECT_EQ(all_processes(), before) << "after " << ahead << " s all was its own: " << logs();
    ASSERT_EQ(ask("n1", "POST", "/nodes/n1/undrain", json::object()).status, 200u);
    lose_and_bring_back("n2", "n1", {"n1", "n3"});
    EXPECT_EQ(all_processes(), before) << "after " << ahead << " s others took it: " << logs();
    report_load(fmt::format("n2's clock is {} s ahead", ahead));
  }
  end_well();
  EXPECT_EQ(all_processes(), before);
}

} // namespace

} // namespace maestro::test
