// Rooms of schedulers that were deleted while their machine was away: who ends them, when, and when not.
#include "messages/epoch_era.hpp"
#include "test/cluster/directory_fixture.hpp"

namespace maestro {

namespace {

class Orphans : public ClusterDirectory {
protected:
  Orphans() { common = std::make_shared<journal_of_names>(); }

  /// A room runs on that machine.
  void put_room(const std::string& node, const std::string& scheduler) {
    instance one;
    one.scheduler = scheduler_name(scheduler);
    one.id = room_id(scheduler + "-" + std::to_string(nodes[node].runs->runs.size()));
    nodes[node].runs->runs.push_back(one);
  }
  bool has_ended(const std::string& node, const std::string& scheduler) {
    return nodes[node].runs->ended.contains(scheduler_name(scheduler));
  }
  void forget_key(const std::string& name) {
    auto found = agreement->read(owner_key(scheduler_name(name)));
    ASSERT_EQ(found.entries.size(), 1u);
    agreement->change({{}, {{store_write_kind::erase, owner_key(scheduler_name(name)), {}}}}, nodes["n1"].holder);
    run();
  }
  void remove(const std::string& name) {
    common->names.erase(scheduler_name(name));
    for (auto& [node, one] : nodes)
      one.serving->erase(scheduler_name(name));
    forget_key(name);
  }
};

TEST_F(Orphans, RoomsOfADeletedSchedulerEndWithItsMachinesSecondLook) {
  start_three();
  ASSERT_TRUE(create("n1", "kept"));
  ASSERT_TRUE(create("n1", "gone"));
  put_room("n3", "kept");
  put_room("n3", "gone");
  advance(5min, 1s);
  EXPECT_TRUE(nodes["n3"].runs->ended.empty());
  auto last = read_news({0, true, agreement->read(owner_key(scheduler_name("gone"))).entries, {}});
  remove("gone");
  advance(31s, 1s);
  EXPECT_FALSE(has_ended("n3", "gone")) << "once is no proof";
  advance(60s, 1s);
  EXPECT_TRUE(has_ended("n3", "gone"));
  EXPECT_FALSE(has_ended("n3", "kept"));
  auto& owner = std::get<owner_seen>(last.facts.front());
  EXPECT_GT(revision_of(nodes["n3"].runs->ended[scheduler_name("gone")]), owner.revision)
      << "no owner that it ever had may still command there";
  ASSERT_TRUE(create("n1", "gone"));
  auto anew = read_news({0, true, agreement->read(owner_key(scheduler_name("gone"))).entries, {}});
  EXPECT_LT(revision_of(nodes["n3"].runs->ended[scheduler_name("gone")]),
            std::get<owner_seen>(anew.facts.front()).revision)
      << "whoever makes it anew is obeyed";
}

TEST_F(Orphans, WhatTheJournalHasIsNotGoneThoughItsKeyIs) {
  start_three();
  put_room("n2", "unclaimed");
  common->names.insert(scheduler_name("unclaimed"));
  advance(5min, 1s);
  EXPECT_FALSE(has_ended("n2", "unclaimed"));
}

TEST_F(Orphans, WhereTheStoreCannotBeAskedNothingIsGone) {
  start_three();
  put_room("n2", "stranger");
  agreement->set_reachable(false);
  advance(5min, 1s);
  EXPECT_FALSE(has_ended("n2", "stranger"));
  agreement->set_reachable(true);
  advance(2min, 1s);
  EXPECT_TRUE(has_ended("n2", "stranger"));
}

} // namespace

} // namespace maestro
