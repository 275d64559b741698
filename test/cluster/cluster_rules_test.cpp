// What a cluster decides, as values: who is replaced and by whom, what moves for balance, where a room goes, how lists of
// several machines become one.
#include "actors/rules/copy_progress.hpp"
#include "actors/rules/failover.hpp"
#include "actors/rules/instance_pages.hpp"
#include "actors/rules/placement.hpp"
#include "actors/rules/rebalancing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maestro::rules {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

node_name node(const std::string& name) {
  return node_name(name);
}

cluster_member member(const std::string& name) {
  cluster_member one;
  one.name = node(name);
  one.node_id = name + "-id";
  one.roles = {owner_role, host_role};
  return one;
}

/// A table of `self` in which all others are reached.
cluster_table table_of(const std::string& self, const std::vector<std::string>& nodes,
                       const std::vector<std::string>& unreached = {}) {
  cluster_table table{node(self)};
  cluster_news news{true, 0, {}, {}};
  for (auto& name : nodes)
    news.facts.emplace_back(member_seen{node(name), member(name), 1});
  table.apply(news);
  for (auto& name : nodes)
    table.note_link(node(name), true, {});
  for (auto& name : unreached)
    table.note_link(node(name), false, "the link broke");
  return table;
}

void own(cluster_table& table, const std::string& owner, int first, int count) {
  for (int i = first; i < first + count; ++i)
    table.apply({false, 0, {owner_seen{scheduler_name("s" + std::to_string(i)), node(owner), 10 + i}}, {}});
}

void suspect(cluster_table& table, const std::string& who, const std::string& whom) {
  table.apply({false, 0, {suspicions_seen{node(who), {node(whom)}}}, {}});
}

const failover_policy failover;

TEST(Failover, ANodeThatIsReachedIsNeverReplaced) {
  auto table = table_of("n1", {"n1", "n2", "n3"});
  suspect(table, "n3", "n2");
  EXPECT_FALSE(is_replaceable(table, {{node("n2"), {0s, true}}}, node("n2"), 1h, failover));
}

TEST(Failover, OneWhoseProcessEndedIsReplacedAfterATimeForARestart) {
  auto table = table_of("n1", {"n1", "n2", "n3"}, {"n2"});
  absences absent{{node("n2"), {10s, true}}};
  EXPECT_FALSE(is_replaceable(table, absent, node("n2"), 10s + failover.replace_ended_after - 1ms, failover));
  EXPECT_TRUE(is_replaceable(table, absent, node("n2"), 10s + failover.replace_ended_after, failover));
}

TEST(Failover, OneThatIsSilentIsReplacedWhenMostOfTheOthersMissIt) {
  auto table = table_of("n1", {"n1", "n2", "n3", "n4"}, {"n2"});
  absences absent{{node("n2"), {10s, false}}};
  EXPECT_FALSE(is_replaceable(table, absent, node("n2"), 1min, failover)) << "only this node misses it";
  suspect(table, "n3", "n2");
  EXPECT_TRUE(is_replaceable(table, absent, node("n2"), 1min, failover));
  EXPECT_FALSE(is_replaceable(table, absent, node("n2"), 10s + failover.suspect_after - 1ms, failover));
}

TEST(Failover, TwoNodesWhoseLinkIsCutKeepWhatTheyHave) {
  for (auto* self : {"n1", "n2"}) {
    std::string other = self == std::string("n1") ? "n2" : "n1";
    auto table = table_of(self, {"n1", "n2"}, {other});
    suspect(table, "n1", "n2");
    suspect(table, "n2", "n1");
    EXPECT_FALSE(is_replaceable(table, {{node(other), {0s, false}}}, node(other), 1min, failover)) << self;
  }
  auto table = table_of("n1", {"n1", "n2"}, {"n2"});
  EXPECT_TRUE(is_replaceable(table, {{node("n2"), {0s, false}}}, node("n2"), 1min, failover))
      << "one that is frozen suspects nobody";
}

TEST(Failover, OneThatWasGoneBeforeThisNodeCameHasTimeToCome) {
  auto table = table_of("n1", {"n1"});
  own(table, "n9", 0, 1);
  absences absent{{node("n9"), {10s, false}}};
  EXPECT_FALSE(is_replaceable(table, absent, node("n9"), 10s + failover.replace_gone_after - 1ms, failover));
  EXPECT_TRUE(is_replaceable(table, absent, node("n9"), 10s + failover.replace_gone_after, failover));
  EXPECT_FALSE(is_replaceable(table, {}, node("n9"), 1h, failover)) << "nobody has noted since when";
}

TEST(Failover, EachSchedulerHasOneFirstInLineAndTheOthersWait) {
  std::vector<std::string> nodes{"n1", "n2", "n3", "n4"};
  std::map<std::string, std::size_t> firsts;
  for (int i = 0; i < 300; ++i) {
    scheduler_name name("s" + std::to_string(i));
    std::vector<std::size_t> places;
    for (auto* self : {"n1", "n3", "n4"}) {
      places.push_back(place_in_line(table_of(self, nodes, {"n2"}), name, node("n2")));
      firsts[self] += places.back() == 0;
    }
    EXPECT_THAT(places, UnorderedElementsAre(0, 1, 2));
  }
  for (auto& [name, count] : firsts)
    EXPECT_GT(count, 60u) << name << ": about a third each";
}

TEST(Failover, WhoeverIsFurtherBackTakesOverWhenTheFirstDoesNot) {
  std::vector<std::string> nodes{"n1", "n2", "n3"};
  auto table = table_of("n1", nodes, {"n2"});
  own(table, "n2", 0, 40);
  absences absent{{node("n2"), {0s, true}}};
  auto at_once = schedulers_to_take(table, absent, failover.replace_ended_after, failover)[node("n2")];
  EXPECT_GT(at_once.size(), 5u);
  EXPECT_LT(at_once.size(), 35u);
  auto later = schedulers_to_take(table, absent, failover.replace_ended_after + failover.next_in_line, failover);
  EXPECT_EQ(later[node("n2")].size(), 40u);
}

TEST(Failover, ADrainingNodeTakesNothing) {
  auto table = table_of("n1", {"n1", "n2"}, {"n2"});
  own(table, "n2", 0, 3);
  table.apply({false, 0, {draining_seen{node("n1"), true}}, {}});
  EXPECT_THAT(schedulers_to_take(table, {{node("n2"), {0s, true}}}, 1h, failover), IsEmpty());
}

TEST(Failover, ANodeWhoseJournalIsBehindTakesNothing) {
  auto table = table_of("n1", {"n1", "n2", "n3"}, {"n3"});
  own(table, "n3", 0, 3);
  for (auto* name : {"n1", "n2"}) {
    auto behind = member(name);
    behind.is_behind = true;
    table.apply({false, 0, {member_seen{node(name), behind, 2}}, {}});
    EXPECT_EQ(static_cast<bool>(table.choose_owner(scheduler_name("new"))), name == std::string("n1"));
    EXPECT_THAT(schedulers_to_take(table, {{node("n3"), {0s, true}}}, 1h, failover), IsEmpty());
  }
}

const rebalancing_policy balance;
const std::map<scheduler_name, node_name> none_moves;
const std::set<scheduler_name> none_unserved;
const giver nothing{none_moves, none_unserved};

TEST(Rebalancing, ANodeThatHasJustComeGetsNothingYet) {
  auto table = table_of("n1", {"n1", "n2"});
  own(table, "n1", 0, 10);
  std::map<node_name, steadiness> steady{{node("n2"), {100s, 0}}};
  EXPECT_THAT(moves_to_begin(table, steady, nothing, 100s + balance.settled_after - 1ms, balance), IsEmpty());
  EXPECT_EQ(moves_to_begin(table, steady, nothing, 100s + balance.settled_after, balance).size(), 5u);
  steady[node("n2")].returns = 2;
  EXPECT_THAT(moves_to_begin(table, steady, nothing, 100s + 2 * balance.settled_after, balance), IsEmpty())
      << "one that comes and goes waits longer";
}

TEST(Rebalancing, SmallDifferencesMoveNothing) {
  auto table = table_of("n1", {"n1", "n2"});
  own(table, "n1", 0, 100);
  own(table, "n2", 100, 91);
  std::map<node_name, steadiness> steady{{node("n2"), {}}};
  EXPECT_THAT(moves_to_begin(table, steady, nothing, 1h, balance), IsEmpty());
  own(table, "n1", 0, 1);
  auto few = table_of("n1", {"n1", "n2"});
  own(few, "n1", 0, 3);
  own(few, "n2", 3, 2);
  EXPECT_THAT(moves_to_begin(few, steady, nothing, 1h, balance), IsEmpty());
}

TEST(Rebalancing, ThereAreNeverManyMovesAtOnceAndTheyEndInBalance) {
  auto table = table_of("n1", {"n1", "n2", "n3"});
  own(table, "n1", 0, 90);
  std::map<node_name, steadiness> steady{{node("n2"), {}}, {node("n3"), {}}};
  for (int round = 0; round < 30; ++round) {
    auto moves = moves_to_begin(table, steady, nothing, 1h, balance);
    EXPECT_LE(moves.size(), balance.moves_at_once);
    std::map<scheduler_name, node_name> moving;
    for (auto& one : moves)
      moving[one.scheduler] = one.to;
    if (moving.size() == balance.moves_at_once) {
      EXPECT_THAT(moves_to_begin(table, steady, giver{moving, none_unserved}, 1h, balance), IsEmpty());
    }
    for (auto& one : moves)
      table.apply({false, 0, {owner_seen{one.scheduler, one.to, 1000 + round}}, {}});
  }
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_NEAR(static_cast<double>(table.owned_by(node(name))), 30, 3) << name;
}

TEST(Rebalancing, ADrainingNodeGivesEverythingAwayAtOnce) {
  auto table = table_of("n1", {"n1", "n2"});
  own(table, "n1", 0, 3);
  own(table, "n2", 3, 50);
  table.apply({false, 0, {draining_seen{node("n1"), true}}, {}});
  EXPECT_EQ(moves_to_begin(table, {}, nothing, 0s, balance).size(), 3u);
}

TEST(Rebalancing, ANodeThatIsBehindGivesAwayWhatItCannotServe) {
  auto table = table_of("n1", {"n1", "n2"});
  own(table, "n1", 0, 30);
  own(table, "n2", 30, 50);
  std::set<scheduler_name> unserved{scheduler_name("s3"), scheduler_name("s28")};
  EXPECT_THAT(moves_to_begin(table, {}, giver{none_moves, unserved}, 0s, balance), IsEmpty());
  auto moves = moves_to_begin(table, {}, giver{none_moves, unserved, true}, 0s, balance);
  EXPECT_EQ(moves.size(), 2u);
  for (auto& one : moves)
    EXPECT_TRUE(unserved.contains(one.scheduler)) << one.scheduler.str();
}

TEST(Rebalancing, ANodeThatCanWriteNothingGivesEverythingToWhoeverCan) {
  auto table = table_of("n1", {"n1", "n2", "n3"});
  own(table, "n1", 0, 3);
  own(table, "n2", 3, 50);
  giver writes_nothing{none_moves, none_unserved, true, true};
  EXPECT_EQ(moves_to_begin(table, {}, writes_nothing, 0s, balance).size(), 3u);
  for (auto* name : {"n2", "n3"}) {
    auto behind = member(name);
    behind.is_behind = true;
    table.apply({false, 0, {member_seen{node(name), behind, 2}}, {}});
    EXPECT_EQ(moves_to_begin(table, {}, writes_nothing, 0s, balance).empty(), name == std::string("n3"))
        << "nobody is better off";
  }
}

TEST(Rebalancing, WhatIsNotServedKeepsNothingElseFromMoving) {
  auto table = table_of("n1", {"n1", "n2"});
  own(table, "n1", 0, 30);
  std::set<scheduler_name> unserved;
  for (auto& name : table.schedulers_of(node("n1")))
    if (unserved.size() < balance.moves_at_once)
      unserved.insert(name);
  std::map<node_name, steadiness> steady{{node("n2"), {}}};
  auto moves = moves_to_begin(table, steady, giver{none_moves, unserved}, 1h, balance);
  EXPECT_EQ(moves.size(), balance.moves_at_once);
  for (auto& one : moves)
    EXPECT_FALSE(unserved.contains(one.scheduler)) << one.scheduler.str();
  auto behind = member("n2");
  behind.is_behind = true;
  table.apply({false, 0, {member_seen{node("n2"), behind, 2}}, {}});
  EXPECT_THAT(moves_to_begin(table, steady, nothing, 1h, balance), IsEmpty()) << "to one that is behind";
}

instance_list page(const std::vector<std::string>& ids, bool is_last) {
  instance_list list;
  for (auto& id : ids) {
    list.items.emplace_back();
    list.items.back().id = room_id(id);
  }
  list.is_last = is_last;
  return list;
}

std::vector<std::string> ids_of(const instance_list& list) {
  std::vector<std::string> ids;
  for (auto& one : list.items)
    ids.push_back(one.id.str());
  return ids;
}

append_events batch_of(const std::string& stream, std::uint64_t first, std::vector<std::string> ends = {}) {
  append_events batch;
  batch.stream = stream;
  batch.first_sequence = first;
  batch.epoch = owner_epoch{7};
  batch.records.push_back("record");
  batch.ends_streams = std::move(ends);
  return batch;
}

journal_transaction transaction_of(std::vector<append_events> batches) {
  journal_transaction what;
  what.writer = node_name("n1");
  what.number = 1;
  what.batches = std::move(batches);
  return what;
}

// The streams of a neighbour's copy are taken one after the other, while it goes on.
TEST(CopyProgress, AnEndIsTakenWhereTheStreamThatTellsOfItIsThereAlready) {
  copy_progress progress;
  progress.place("rooms/s", {5, owner_epoch{7}, false});
  progress.place("forwarding/s", {2, owner_epoch{8}, false}); // it has begun anew since
  progress.place("scheduler/s", {9, owner_epoch{7}, true});
  std::vector<append_events> none;
  auto what = transaction_of({batch_of("scheduler/s", 9, {"scheduler/s", "rooms/s", "forwarding/s", "never/s"})});
  ASSERT_EQ(progress.take(what, none), copy_progress::step::taken);
  auto batches = progress.take_ends();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].stream, "rooms/s");
  EXPECT_EQ(batches[0].first_sequence, 6u);
  EXPECT_TRUE(batches[0].records.empty());
  EXPECT_EQ(batches[0].ends_streams, std::vector<std::string>{"rooms/s"});
  EXPECT_TRUE(progress.of("rooms/s").has_ended);
  EXPECT_FALSE(progress.of("forwarding/s").has_ended);
  ASSERT_EQ(progress.take(what, none), copy_progress::step::taken);
  EXPECT_TRUE(progress.take_ends().empty()) << "once";
  EXPECT_TRUE(none.empty());
}

// Deleted and made again by the same owner: the copy has both, and is told of both.
TEST(CopyProgress, AStreamThatWentOnUnderTheSameEpochHasNotEnded) {
  copy_progress progress;
  progress.place("forwarding/s", {6, owner_epoch{7}, false});
  progress.place("scheduler/s", {9, owner_epoch{7}, false});
  std::vector<append_events> none;
  auto end = transaction_of({batch_of("scheduler/s", 9, {"scheduler/s", "forwarding/s"})});
  end.revision = 20;
  auto went_on = transaction_of({batch_of("forwarding/s", 5), batch_of("forwarding/s", 6)});
  went_on.revision = 21;
  ASSERT_EQ(progress.take(end, none), copy_progress::step::taken);
  ASSERT_EQ(progress.take(went_on, none), copy_progress::step::taken);
  auto ends = progress.take_ends();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].stream, "scheduler/s");
  EXPECT_FALSE(progress.of("forwarding/s").has_ended);
  ASSERT_EQ(progress.take(end, none), copy_progress::step::taken);
  EXPECT_TRUE(progress.take_ends().empty()) << "told again, and older than what was told since";
}

TEST(InstancePages, APageEndsWhereTheFirstUnfinishedListEnds) {
  instance_pages pages(10);
  pages.add(page({"a", "d", "g"}, false), "n1");
  pages.add(page({"b", "c", "e", "h"}, false), "n1");
  pages.add(page({"f", "z"}, true), "n1");
  pages.miss("n4");
  auto all = pages.take();
  EXPECT_THAT(ids_of(all), ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_FALSE(all.is_last);
  EXPECT_THAT(all.out_of_sight, ElementsAre("n4"));
}

TEST(InstancePages, OfWholeListsNothingIsLeftUnlessItIsTooMuch) {
  instance_pages pages(3);
  pages.add(page({"a", "c"}, true), "n1");
  pages.add(page({"b"}, true), "n1");
  auto all = pages.take();
  EXPECT_THAT(ids_of(all), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(all.is_last);
  instance_pages more(2);
  more.add(page({"a", "c"}, true), "n1");
  more.add(page({"b"}, true), "n1");
  auto some = more.take();
  EXPECT_THAT(ids_of(some), ElementsAre("a", "b"));
  EXPECT_FALSE(some.is_last);
}

cluster_fact owner_at(const std::string& who, std::int64_t revision) {
  return owner_seen{scheduler_name("s"), who.empty() ? std::optional<node_name>{} : node(who), revision};
}
std::string owner_in(const cluster_table& table) {
  auto* known = table.owner(scheduler_name("s"));
  return known == nullptr ? "nobody" : known->node.str() + " " + std::to_string(known->revision);
}

TEST(Owners, ANewerFactCountsWhicheverIsHeardFirst) {
  auto table = table_of("n1", {"n1", "n2"});
  table.apply({false, 20, {owner_at("n1", 20)}, {}});
  table.apply({false, 10, {owner_at("n2", 10)}, {}});
  EXPECT_EQ(owner_in(table), "n1 20");
  table.apply({false, 15, {owner_at("", 15)}, {}});
  EXPECT_EQ(owner_in(table), "n1 20");
  EXPECT_EQ(table.owned_by(node("n1")), 1u);
  table.apply({false, 21, {owner_at("", 21)}, {}});
  EXPECT_EQ(owner_in(table), "nobody");
  EXPECT_EQ(table.owned_by(node("n1")), 0u);
}

TEST(Owners, WhatIsListedFromBeforeReplacesANewerFactOnlyTheSecondTime) {
  auto table = table_of("n1", {"n1", "n2"});
  table.apply({false, 20, {owner_at("n1", 20)}, {}});
  table.apply({true, 15, {owner_at("n2", 10)}, {}});
  EXPECT_EQ(owner_in(table), "n1 20");
  auto told_again = table;
  told_again.apply({false, 20, {owner_at("n1", 20)}, {}}); // by the watch: it was so
  told_again.apply({true, 19, {}, {}});
  EXPECT_EQ(owner_in(told_again), "n1 20");
  table.apply({true, 16, {owner_at("n2", 10)}, {}}); // the store was set back
  EXPECT_EQ(owner_in(table), "n2 10");
  EXPECT_EQ(table.owned_by(node("n1")), 0u);
}

} // namespace

} // namespace maestro::rules
