// What becomes of a cluster whose etcd loses members, its quorum, or its breath, under load. What is known goes on to be
// served, what would need a new fact is refused with the reason, and all of it goes on by itself.
#include "test/cluster/loaded_cluster.hpp"

namespace maestro::test {

namespace {

class StoreLoss : public loaded_cluster {
protected:
  void kill(const std::string& member) { etcd.at(member)->kill(); }
  void bring_back(const std::string& member) {
    network->in(member, [&] { etcd.at(member)->launch(); });
  }
  void wait_for_members() {
    for (auto& [name, one] : etcd)
      network->in(name, [&one = one] { one->wait_until_up(); });
  }
  bool ping(const std::string& room, const std::string& as) const {
    auto told = ask_rooms("n1", "PUT", "/scheduler/" + room.substr(0, room.find('-')) + "/rooms/" + room + "/ping",
                          {{"status", as}, {"timestamp", "1"}});
    return told.status == 200 && told.body.value("success", false);
  }
  /// Nobody was refused, unless etcd's members took longer to elect a leader than a write waits for its outcome.
  void expect_nobody_failed(double slowest) {
    constexpr double doubt_limit = 4.0;
    bool took_long = false;
    for (auto& door : node_names)
      took_long = took_long || load->allocations(door).slowest > doubt_limit;
    for (auto& door : node_names) {
      EXPECT_TRUE(took_long || load->allocations(door).failed == 0)
          << door << ": " << load->allocations(door).last_failure;
      EXPECT_TRUE(took_long || load->reads(door).failed == 0) << door << ": " << load->reads(door).last_failure;
      EXPECT_LT(load->allocations(door).slowest, slowest);
      EXPECT_TRUE(took_long || load->reads(door).slowest < 3.0) << door << ": " << load->reads(door).slowest;
    }
  }
};

TEST_F(StoreLoss, OneMemberOfThreeIsMissedByNobody) {
  ASSERT_NO_FATAL_FAILURE(begin(3));
  auto before = all_processes();
  for (auto& member : {follower(), leader()}) {
    load->count_anew();
    kill(member);
    wait_until_all_go_on();
    report_load(member + " was killed");
    expect_nobody_failed(9.0);
    bring_back(member);
    wait_for_members();
    std::this_thread::sleep_for(1s); // until the others vote with it again
  }
  auto frozen = leader();
  load->count_anew();
  etcd.at(frozen)->pause();
  wait_until_all_go_on();
  report_load(frozen + " stands still");
  expect_nobody_failed(9.0);
  etcd.at(frozen)->go_on();
  wait_for_members();
  // The one that every node asks first can still be asked, but has no leader.
  load->count_anew();
  network->cut("e1", "e2");
  network->cut("e1", "e3");
  wait_until_all_go_on();
  report_load("e1 is alone");
  expect_nobody_failed(9.0);
  auto since = std::chrono::steady_clock::now();
  nodes["n3"]->kill_now();
  EXPECT_TRUE(within(30s, [&] { return served_at({"n1", "n2"}, schedulers); })) << logs();
  report("killed while e1 is alone",
         std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
  start_node("n3");
  network->heal();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(StoreLoss, LeasesThatEtcdRevokesAreMissedByNobody) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  load->count_anew();
  for (int i = 0; i < 3; ++i) {
    network->in("e1", [&] { etcd.at("e1")->revoke_leases(); });
    std::this_thread::sleep_for(1500ms);
  }
  report_load("all leases were revoked");
  for (auto& door : node_names) {
    EXPECT_GT(load->allocations(door).good, 0);
    EXPECT_EQ(load->allocations(door).failed, 0) << load->allocations(door).last_failure;
    EXPECT_EQ(load->reads(door).failed, 0) << load->reads(door).last_failure;
    auto log = read_text(nodes.at(door)->folder() + "/node.log");
    EXPECT_EQ(log.find("taken over"), std::string::npos) << log;
    EXPECT_NE(log.find("this node's lease is lost"), std::string::npos) << "it was real";
  }
  end_well();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(StoreLoss, WithoutQuorumWhatIsKnownIsServedAndTheRestIsRefusedWithTheReason) {
  for (auto& name : node_names) // what is in doubt is given up soon
    more_environment[name] = {{"MAESTRO_GATEWAY_REQUESTTIMEOUT", "6s"}};
  ASSERT_NO_FATAL_FAILURE(begin(3));
  auto before = all_processes();
  auto gone = {leader(), follower()};
  for (auto& member : gone)
    kill(member);
  std::this_thread::sleep_for(16s); // each node has a write in doubt, and for longer than it waits for its outcome
  load->count_anew();
  std::this_thread::sleep_for(2s);
  report_load("no quorum");
  for (auto& door : node_names) {
    auto since = std::chrono::steady_clock::now();
    auto refused = create(door, "new", 0);
    EXPECT_EQ(refused.status, 503u) << refused.body;
    EXPECT_NE(refused.body.dump().find("store"), std::string::npos) << refused.body;
    EXPECT_LT(std::chrono::steady_clock::now() - since, 5s);
    EXPECT_EQ(load->reads(door).failed, 0) << load->reads(door).last_failure;
    EXPECT_LT(load->reads(door).slowest, 5.0);
    EXPECT_LT(load->allocations(door).slowest, 5.0) << "refused at once, not when the time for it is over";
  }
  int silent = 0, heard = 0;
  for (auto& [id, room] : all_rooms("n1"))
    if (room["status"] == "ready")
      ++(ping(id, "ready") ? heard : silent);
  if (heard + silent > 0) { // where the load had not taken all of them when the store went
    EXPECT_GT(heard, silent) << "pings that change nothing go on";
  }
  EXPECT_EQ(all_processes(), before);
  for (auto& member : gone)
    bring_back(member);
  end_well();
  EXPECT_TRUE(within(30s, [&] { return create("n1", "new", 0).status == 200; })) << logs();
  EXPECT_EQ(all_processes(), before);
}

TEST_F(StoreLoss, AStoreThatStandsStillLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(begin(1));
  auto before = all_processes();
  load->count_anew();
  etcd.at("e1")->pause();
  std::this_thread::sleep_for(5s); // longer than the lease
  report_load("etcd stands still");
  EXPECT_EQ(all_processes(), before);
  etcd.at("e1")->go_on();
  end_well();
  EXPECT_EQ(all_processes(), before);
}

} // namespace

} // namespace maestro::test
