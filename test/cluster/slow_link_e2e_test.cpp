// What becomes of a cluster whose wires are long and lose what they carry, under load: requests take longer, and that is all.
// Nothing that was acknowledged is lost, no room has two holders, no game server ends, nobody is taken for dead.
#include "test/cluster/loaded_cluster.hpp"

#include <fmt/format.h>

#include <iostream>

namespace maestro::test {

namespace {

class SlowLinks : public loaded_cluster {
protected:
  void SetUp() override {
    loaded_cluster::SetUp();
    if (IsSkipped())
      return;
    if (auto why = private_network::objection_to_slow_wires(); !why.empty())
      GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
  }
  void slow_store(const wire_quality& quality) {
    for (auto& [member, one] : etcd)
      network->slow(member, quality);
  }
  void slow_nodes(const wire_quality& quality) {
    for (auto& name : node_names)
      network->slow(name, quality);
  }
  /// Who owns how much, as one of them says.
  std::vector<int> owners(const std::string& seen_by) const {
    std::vector<int> all;
    for (auto& name : node_names)
      all.push_back(schedulers_of(seen_by, name));
    return all;
  }
  /// gateway.requestTimeout is 10 s; the rest is the machine's.
  static constexpr double patience = 20;
  /// Some seconds of it, counted.
  void bear(const std::string& what, std::chrono::milliseconds time) {
    load->count_anew();
    auto carried = network->carried(), lost = network->lost();
    std::this_thread::sleep_for(time);
    report_load(what);
    std::cout << fmt::format("{}: {} frames arrived, {} were lost\n", what, network->carried() - carried,
                             network->lost() - lost);
    EXPECT_GT(network->lost(), lost) << "the wires must have been bad";
  }
};

// Between any two machines some 50 ms there and back and 2 % lost, as between distant places; then 10 % lost.
TEST_F(SlowLinks, BetweenAllMachinesOnlyCostTime) {
  ASSERT_NO_FATAL_FAILURE(begin(3));
  auto before = all_processes();
  auto owned = owners("n1");
  wire_quality far{12ms, 4ms, 0.01};
  slow_nodes(far);
  slow_store(far);
  bear("50 ms and 2 % lost", 8s);
  EXPECT_EQ(owners("n1"), owned) << "nobody is taken for dead: " << logs();
  far.loss = 0.05;
  slow_nodes(far);
  slow_store(far);
  bear("50 ms and 10 % lost", 8s);
  EXPECT_EQ(all_processes(), before);
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

// The store far away, the nodes beside one another: 200 ms for one of its answers.
TEST_F(SlowLinks, ToTheStoreOnlyCostTime) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  auto owned = owners("n1");
  slow_store({100ms, 20ms, 0.02});
  bear("the store is far", 8s);
  EXPECT_EQ(owners("n1"), owned) << "nobody is taken for dead: " << logs();
  EXPECT_EQ(all_processes(), before);
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

// One whose wire is hardly one: it may be replaced and come back. What it owns waits for it or is refused in time, and the rest
// goes on; there is one client at each door, so it waits too.
TEST_F(SlowLinks, OfOneNodeHarmNoOther) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  network->slow("n3", {100ms, 200ms, 0.2});
  auto owned = schedulers_of("n1", "n3");
  bear("n3 has a bad wire", 10s);
  std::cout << fmt::format("n3 owned {} schedulers, and has {} now\n", owned, schedulers_of("n1", "n3"));
  for (auto& door : node_names) {
    EXPECT_GT(load->allocations(door).good, 0) << door << ": " << load->allocations(door).last_failure;
    EXPECT_LT(load->allocations(door).slowest, patience) << door << ": " << load->allocations(door).last_failure;
  }
  EXPECT_EQ(all_processes(), before);
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

} // namespace

} // namespace maestro::test
