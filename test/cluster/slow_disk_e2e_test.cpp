// What becomes of a cluster whose etcd has a disk that takes its time, or does not answer at all, under load: the process lives,
// its links are there, and nothing gets durable. One member is missed by nobody; where it is all of them, the nodes say what is
// wrong and refuse soon what they cannot do, lose nothing, and go on by themselves.
#include "test/cluster/loaded_cluster.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace maestro::test {

namespace {

class SlowDisks : public loaded_cluster {
protected:
  void SetUp() override {
    loaded_cluster::SetUp();
    if (IsSkipped())
      return;
    if (auto why = slow_disk::objection(); !why.empty())
      GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
    has_slow_disks = true;
  }
  void all_syncs_take(std::chrono::milliseconds time) {
    for (auto& [member, one] : etcd)
      one->sync_takes(time);
  }
  /// So many by every door, since the load was last counted anew.
  void expect_rooms_are_given(int count) const {
    EXPECT_TRUE(within(40s, [&] {
      return std::all_of(node_names.begin(), node_names.end(),
                         [&](auto& door) { return load->allocations(door).given >= count; });
    })) << logs();
  }
  void expect_answers_within(double seconds) const {
    for (auto& door : node_names) {
      EXPECT_LT(load->allocations(door).slowest, seconds) << door;
      EXPECT_LT(load->reads(door).slowest, seconds) << door;
      EXPECT_LT(load->pings(door).slowest, seconds) << door;
    }
  }
  bool each_log_has(const std::string& words, const std::string& or_these = {}) const {
    return std::all_of(nodes.begin(), nodes.end(), [&](auto& one) {
      std::ifstream file(one.second->folder() + "/node.log");
      std::string all{std::istreambuf_iterator<char>(file), {}};
      return all.find(words) != std::string::npos ||
             (!or_these.empty() && all.find(or_these) != std::string::npos);
    });
  }

  /// gateway.requestTimeout is 10 s; the rest is the machine's.
  static constexpr double patience = 20;
};

// A follower is missed by nobody. A leader leads on, and every write takes what its disk takes: etcd knows no better.
TEST_F(SlowDisks, OfOneMemberCostTimeAtMost) {
  ASSERT_NO_FATAL_FAILURE(begin(3));
  auto before = all_processes();
  auto slow = follower();
  for (auto time : {300ms, 2000ms}) {
    load->count_anew();
    etcd.at(slow)->sync_takes(time);
    wait_until_all_go_on();
    report_load("a follower syncs in " + std::to_string(time.count()) + " ms");
  }
  etcd.at(slow)->sync_takes(0ms);
  slow = leader();
  for (auto time : {300ms, 2000ms}) {
    load->count_anew();
    etcd.at(slow)->sync_takes(time);
    expect_rooms_are_given(3);
    report_load("the leader syncs in " + std::to_string(time.count()) + " ms");
  }
  etcd.at(slow)->sync_takes(0ms);
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(SlowDisks, OfAllMembersMakeEveryWriteSlow) {
  ASSERT_NO_FATAL_FAILURE(begin(3));
  auto before = all_processes();
  all_syncs_take(100ms);
  load->count_anew();
  expect_rooms_are_given(10);
  report_load("all sync in 100 ms");
  EXPECT_EQ(all_processes(), before);
  all_syncs_take(0ms);
  end_well();
  EXPECT_EQ(all_processes(), before);
}

// Three syncs are in the way of a write, and a node waits one second for etcd's answer: it hears of hardly any in time. Where its
// lease fares so too it goes and comes, and rooms of machines that were away are replaced; matches may not be ended.
TEST_F(SlowDisks, ThatTakeLongerThanNodesWaitForAnAnswerAreToldOfAndBorne) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  all_syncs_take(400ms);
  load->count_anew();
  EXPECT_TRUE(within(30s, [&] { return each_log_has("the store does not say what became of a transaction"); }))
      << logs();
  std::this_thread::sleep_for(8s);
  report_load("etcd syncs in 400 ms");
  expect_answers_within(patience);
  all_syncs_take(0ms);
  end_well();
  EXPECT_TRUE(within(30s, [&] {
    return each_log_has("the store takes transactions in time again", "nothing waits for the store any more");
  })) << logs();
}

TEST_F(SlowDisks, ThatStandStillAreToldOfAndBorne) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  load->count_anew();
  all_syncs_take(1h);
  std::this_thread::sleep_for(8s); // longer than the lease, and than a write waits for its outcome
  EXPECT_TRUE(each_log_has("the cluster's store does not answer") ||
              each_log_has("the store does not say what became of a transaction"))
      << logs();
  for (auto& door : node_names) {
    auto refused = create(door, "new", 0);
    // 504 where etcd has just answered something that needs no sync, a keep-alive: then the call is tried.
    EXPECT_TRUE(refused.status == 503 || refused.status == 504) << refused.status << refused.body;
    auto why = refused.body.dump();
    EXPECT_TRUE(why.find("store") != std::string::npos || why.find("etcd") != std::string::npos) << why;
  }
  report_load("nothing is synced");
  expect_answers_within(patience);
  EXPECT_EQ(all_processes(), before);
  all_syncs_take(0ms);
  end_well();
  EXPECT_EQ(all_processes(), before);
}

} // namespace

} // namespace maestro::test
