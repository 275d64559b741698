// What becomes of a cluster whose network is cut, while matches are played and rooms allocated at every door: nothing that was
// acknowledged is lost, no room has two holders, no game server ends for it, and others serve what a node cannot.
#include "test/cluster/loaded_cluster.hpp"

#include <iostream>

namespace maestro::test {

namespace {

class Partition : public loaded_cluster {
protected:
  void cut_from_peers(const std::string& name) {
    for (auto& other : node_names)
      if (other != name)
        network->cut(name, other);
  }
  void cut_from_store(const std::string& name) {
    for (auto& [member, one] : etcd)
      network->cut(name, member);
  }
  std::vector<std::string> others_of(const std::string& name) const {
    auto all = node_names;
    std::erase(all, name);
    return all;
  }
  void heal() {
    network->heal();
    expect_whole();
  }
  /// From now until the others answer for all that the node had.
  double seconds_until_served(const std::string& lost, std::chrono::milliseconds limit) {
    auto since = std::chrono::steady_clock::now();
    auto others = others_of(lost);
    EXPECT_TRUE(within(limit, [&] {
      return schedulers_of(others[0], lost) == 0 && served_at(others, schedulers);
    })) << logs();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  }
};

TEST_F(Partition, AnOwnerThatIsCutOffFromEverythingIsReplacedAndComesBack) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  auto lost = some_owner("n1");
  cut_from_peers(lost);
  cut_from_store(lost);
  auto took = seconds_until_served(lost, 8s);
  report("everything cut", took);
  EXPECT_LT(took, 4.0);
  load->count_anew();
  std::this_thread::sleep_for(2s);
  EXPECT_EQ(create(lost, "new", 0).status, 503u);
  EXPECT_EQ(load->allocations(lost).given, 0) << "the deposed one acknowledges nothing";
  EXPECT_LT(load->reads(lost).slowest, 6.0);
  for (auto& other : others_of(lost))
    EXPECT_GT(load->allocations(other).good, 20);
  EXPECT_EQ(all_processes(), before) << "no game server ends for it";
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Partition, AnOwnerThatReachesOnlyTheStoreIsReplaced) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  auto lost = some_owner("n1");
  cut_from_peers(lost);
  report("peers cut", seconds_until_served(lost, 8s));
  EXPECT_EQ(all_processes(), before);
  heal();
  auto mute = some_owner("n1");
  for (auto& other : others_of(mute))
    network->lose(mute, other);
  report("nothing of it reaches its peers", seconds_until_served(mute, 8s));
  heal();
  auto deaf = some_owner("n1");
  for (auto& other : others_of(deaf))
    network->lose(other, deaf);
  report("nothing of its peers reaches it", seconds_until_served(deaf, 8s));
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Partition, AnOwnerThatReachesOnlyItsPeersIsReplacedWhenItsLeaseIsOver) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  auto lost = some_owner("n1");
  cut_from_store(lost);
  report("store cut, lease of 4 s", seconds_until_served(lost, 12s));
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(all_processes(), before);
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(Partition, ALinkThatIsCutBetweenTwoMovesNothing) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto owners = [&] {
    std::vector<int> all;
    for (auto& name : node_names)
      all.push_back(schedulers_of("n2", name));
    return all;
  };
  auto before = owners();
  network->cut("n1", "n3");
  ASSERT_TRUE(within(30s, [&] { return status("n1", "n3") == "unreachable"; }));
  std::this_thread::sleep_for(2s);
  EXPECT_EQ(owners(), before);
  network->heal();
  end_well();
}

} // namespace

} // namespace maestro::test
