// The SHARED JOURNAL of three nodes: what is durable, who may write, what every node's disk has.
#include "messages/log.hpp"
#include "test/cluster/shared_journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SharedJournal : public SharedJournalTest {};

std::vector<std::string> said; ///< by the log, warnings and what is good again

TEST_F(SharedJournal, WhatIsAnsweredIsInTheStoreAndSoonOnEveryDisk) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(load("n1", "scheduler/a", epoch));
  auto answer = append("n1", batch("scheduler/a", 1, epoch, 3));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->last_sequence, 3u);
  EXPECT_EQ(entries_in_store(), 1u);
  advance(100ms);
  for (auto* node : {"n1", "n2", "n3"})
    EXPECT_EQ(on_disk(node, "scheduler/a"), 3u) << node;
  expect_equal_disks();
}

TEST_F(SharedJournal, NothingIsAnsweredBeforeTheStoreHasIt) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->keeps_requests = true;
  auto answer = send("n1", batch("scheduler/a", 1, epoch));
  advance(500ms);
  EXPECT_FALSE(*answer) << "it is not in the store";
  EXPECT_EQ(on_disk("n1", "scheduler/a"), 0u) << "what is not durable is not read";
  nodes["n1"].trouble->keeps_requests = false;
  advance(2s);
  ASSERT_TRUE(*answer);
  EXPECT_TRUE(**answer);
  expect_equal_disks();
}

TEST_F(SharedJournal, AStoreThatSyncsNothingIsToldOfOnceAndWhenItDoesAgain) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  said.clear();
  set_log_sink([](const log_record& record) { said.push_back(std::string(record.message)); }, log_level::info);
  nodes["n1"].trouble->holds_changes = true; // the watch would tell
  for (std::uint64_t i = 2; i < 5; ++i) {    // its answers come too late, each time
    nodes["n1"].trouble->lost_answers = 2;
    EXPECT_TRUE(append("n1", batch("scheduler/a", i, epoch)));
  }
  EXPECT_THAT(said, ElementsAre(HasSubstr("does not say what became")));
  EXPECT_TRUE(append("n1", batch("scheduler/a", 5, epoch)));
  EXPECT_TRUE(append("n1", batch("scheduler/a", 6, epoch)));
  set_log_sink(nullptr, log_level::off);
  EXPECT_THAT(said, ElementsAre(HasSubstr("does not say what became"), HasSubstr("in time again")));
}

TEST_F(SharedJournal, WhoHasNothingToWriteAnyMoreSaysThatTheTroubleIsOverToo) {
  start_three();
  auto epoch = own("a", "n1");
  said.clear();
  set_log_sink([](const log_record& record) { said.push_back(std::string(record.message)); }, log_level::info);
  nodes["n1"].trouble->holds_changes = true;
  nodes["n1"].trouble->lost_answers = 2;
  EXPECT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  nodes["n1"].trouble->holds_changes = false;
  advance(settings.doubt_limit / 2);
  EXPECT_THAT(said, ElementsAre(HasSubstr("does not say what became")));
  advance(settings.doubt_limit);
  set_log_sink(nullptr, log_level::off);
  EXPECT_THAT(said, ElementsAre(HasSubstr("does not say what became"), HasSubstr("nothing waits")));
}

TEST_F(SharedJournal, WhatArrivesWhileATransactionIsUnderWayBecomesTheNextOne) {
  start_three();
  auto a = own("a", "n1"), b = own("b", "n1");
  auto before = nodes["n1"].trouble->changes_sent;
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers;
  nodes["n1"].trouble->lost_requests = 1;
  answers.push_back(send("n1", batch("scheduler/a", 1, a)));
  for (std::uint64_t i = 0; i < 50; ++i) {
    answers.push_back(send("n1", batch("scheduler/a", 2 + i, a)));
    answers.push_back(send("n1", batch("rooms/b", 1 + i, b)));
  }
  advance(100ms);
  for (auto& answer : answers)
    ASSERT_TRUE(*answer && **answer);
  EXPECT_LE(nodes["n1"].trouble->changes_sent - before, 4u)
      << "one that was lost, the same again, and the rest as one";
  EXPECT_EQ(entries_in_store(), 3u) << "one entry for each stream of a transaction";
  advance(100ms);
  EXPECT_EQ(on_disk("n3", "rooms/b"), 50u);
  expect_equal_disks();
}

TEST_F(SharedJournal, ALotWaitsForAsManyAppendsAsTheLastHadHoweverTheyWereGathered) {
  start_three();
  auto epoch = own("a", "n1");
  auto gathered = [&](std::uint64_t first, std::uint64_t appends) {
    auto one = batch("rooms/a", first, epoch, static_cast<int>(appends));
    one.appends = appends;
    return one;
  };
  ASSERT_TRUE(append("n1", gathered(1, 6)));
  auto& sent = nodes["n1"].trouble->changes_sent;
  auto before = sent;
  auto first = send("n1", gathered(7, 2));
  auto second = send("n1", gathered(9, 3));
  EXPECT_EQ(sent, before) << "one is missing of six that were just answered";
  auto third = send("n1", gathered(12, 1));
  EXPECT_EQ(sent, before + 1) << "nobody else is waited for";
  advance(10ms);
  ASSERT_TRUE(*first && *second && *third);
  EXPECT_EQ((**third)->last_sequence, 12u);
}

TEST_F(SharedJournal, ALotIsCutWhereTheStoreTakesNoMore) {
  settings.lot_operations = 7; // the writer's, and three schedulers with a stream each, new ones
  start_three();
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers;
  nodes["n1"].trouble->lost_requests = 1;
  for (auto* name : {"s0", "s1", "s2", "s3", "s4", "s5", "s6"})
    answers.push_back(send("n1", batch(std::string("scheduler/") + name, 1, own(name, "n1"))));
  advance(1s);
  for (auto& answer : answers)
    EXPECT_TRUE(*answer && **answer);
  EXPECT_EQ(archive().writers[node_name("n1")].number, 3u);
  auto too_long = batch("scheduler/s0", 2, own("s0", "n1"));
  too_long.records.front().assign(2u << 20, 'x');
  EXPECT_EQ(append("n1", too_long).error().code, ec::invalid_argument);
}

TEST_F(SharedJournal, ALotIsCutByAllThatIsWrittenOfIt) {
  start_three();
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers;
  nodes["n1"].trouble->lost_requests = 1;
  for (auto* name : {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"}) {
    scheduler recipe;
    recipe.name = scheduler_name(name);
    recipe.game.assign(120u << 10, 'g');
    finished_operation created;
    created.what.id = operation_id(name);
    created.what.scheduler = recipe.name;
    created.what.definition = create_scheduler_operation{recipe};
    auto what = batch(std::string("scheduler/") + name, 1, own(name, "n1"));
    what.records.front().assign(120u << 10, 'r'); // that it has ended, which holds the recipe, too
    what.finished.push_back(created);
    answers.push_back(send("n1", what));
  }
  advance(1s);
  for (auto& answer : answers)
    EXPECT_TRUE(*answer && **answer);
  EXPECT_GT(nodes["n1"].trouble->longest, 500u << 10) << "several at once";
  EXPECT_LE(nodes["n1"].trouble->longest, settings.lot_bytes + (16u << 10));
}

TEST_F(SharedJournal, OfALotThatIsTooLongWhatFitsIsWritten) {
  start_three();
  nodes["n1"].trouble->takes_bytes = 300u << 10;
  nodes["n1"].trouble->lost_requests = 1;
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers, refused;
  auto send_long = [&](const std::string& name, std::uint64_t sequence, owner_epoch epoch, std::size_t bytes) {
    auto what = batch("scheduler/" + name, sequence, epoch);
    what.records.front().assign(bytes, 'r');
    return send("n1", what);
  };
  auto epoch = own("long", "n1");
  for (auto* name : {"s0", "s1", "s2"})
    answers.push_back(send_long(name, 1, own(name, "n1"), 120u << 10));
  refused.push_back(send_long("long", 1, epoch, 400u << 10));
  refused.push_back(send_long("long", 2, epoch, 10));
  for (auto* name : {"s3", "s4", "s5"})
    answers.push_back(send_long(name, 1, own(name, "n1"), 120u << 10));
  advance(2s);
  for (auto& answer : answers)
    EXPECT_TRUE(*answer && **answer);
  ASSERT_TRUE(*refused[0] && *refused[1]);
  EXPECT_EQ((*refused[0])->error().code, ec::invalid_argument);
  EXPECT_THAT((*refused[1])->error().text, HasSubstr("what was to stand before it"));
  EXPECT_FALSE(at<journal_status>("n1", get_journal_status{})->read_only) << "it is one asker's trouble";
  EXPECT_TRUE(append("n1", batch("scheduler/long", 1, epoch)));
  advance(1s);
  for (auto* name : {"scheduler/s0", "scheduler/s5", "scheduler/long"})
    EXPECT_EQ(on_disk("n3", name), 1u) << name;
  expect_equal_disks();
}

// What became of the first attempt is not known: it may still happen while the parts are written.
TEST_F(SharedJournal, OfALotInDoubtThatIsTooLongWhatFitsIsWritten) {
  start_three();
  auto& trouble = *nodes["n1"].trouble;
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers;
  trouble.keeps_requests = true;
  for (auto* name : {"s0", "s1"}) {
    auto what = batch("scheduler/" + std::string(name), 1, own(name, "n1"));
    what.records.front().assign(120u << 10, 'r');
    answers.push_back(send("n1", what));
  }
  advance(20ms);
  trouble.keeps_requests = false;
  trouble.takes_bytes = 150u << 10;
  ASSERT_FALSE(trouble.kept.empty());
  advance(5s);
  for (auto& answer : answers)
    EXPECT_TRUE(*answer && **answer);
  for (auto& late : trouble.kept)
    EXPECT_FALSE(agreement->change(late, 0).is_applied);
  expect_equal_disks();
}

TEST_F(SharedJournal, WhoWasDeposedWritesNothingMoreAndOthersGoOn) {
  start_three();
  auto a = own("a", "n1"), b = own("b", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, a)));
  own("a", "n2");
  nodes["n1"].trouble->lost_requests = 1;
  auto first = send("n1", batch("scheduler/b", 1, b));
  auto refused = send("n1", batch("scheduler/a", 2, a)), behind = send("n1", batch("rooms/a", 1, a));
  auto second = send("n1", batch("scheduler/b", 2, b));
  advance(1s);
  EXPECT_TRUE(*first && **first);
  EXPECT_TRUE(*second && **second) << "another scheduler of the same lot";
  ASSERT_TRUE(*refused && *behind);
  EXPECT_EQ((*refused)->error().code, ec::deposed);
  EXPECT_EQ((*behind)->error().code, ec::deposed);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 1u);
  EXPECT_EQ(on_disk("n2", "scheduler/b"), 2u);
  expect_equal_disks();
}

TEST_F(SharedJournal, ATransactionWhoseRequestOrAnswerIsLostHappensOnce) {
  start_three();
  auto epoch = own("a", "n1");
  for (std::uint64_t i = 0; i < 20; ++i) {
    (i % 2 == 0 ? nodes["n1"].trouble->lost_answers : nodes["n1"].trouble->lost_requests) =
        static_cast<int>(1 + i % 3);
    auto answer = append("n1", batch("scheduler/a", 1 + 2 * i, epoch, 2));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->last_sequence, 2 + 2 * i);
  }
  advance(1s);
  EXPECT_EQ(archive().writers[node_name("n1")].number, 20u);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 40u);
  expect_equal_disks();
}

TEST_F(SharedJournal, AStoreWhoseAnswersAllComeTooLateIsHeardThroughTheWatch) {
  start_three();
  auto epoch = own("a", "n1");
  auto sent_before = nodes["n1"].trouble->changes_sent;
  nodes["n1"].trouble->lost_answers = 1000;
  for (std::uint64_t i = 0; i < 5; ++i)
    ASSERT_TRUE(append("n1", batch("scheduler/a", 1 + i, epoch)));
  EXPECT_LE(nodes["n1"].trouble->changes_sent - sent_before, 20u);
  nodes["n1"].trouble->lost_answers = 0;
  nodes["n1"].trouble->holds_changes = true; // in doubt first, then told
  nodes["n1"].trouble->keeps_requests = true;
  auto answer = send("n1", batch("scheduler/a", 6, epoch));
  advance(100ms);
  ASSERT_FALSE(*answer);
  ASSERT_TRUE(agreement->change(nodes["n1"].trouble->kept.front(), 0).is_applied) << "the disk was slow";
  advance(100ms);
  EXPECT_FALSE(*answer);
  let_changes_go("n1");
  advance(100ms);
  ASSERT_TRUE(*answer && **answer);
  nodes["n1"].trouble->keeps_requests = false;
  EXPECT_TRUE(append("n1", batch("scheduler/a", 7, epoch)));
  expect_equal_disks();
}

TEST_F(SharedJournal, ARequestThatArrivesLateHappensNotTwiceAlsoWhenItsFirstTraceIsTrimmed) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->keeps_requests = true;
  auto answer = send("n1", batch("scheduler/a", 1, epoch));
  advance(100ms);
  nodes["n1"].trouble->keeps_requests = false;
  advance(10s);
  ASSERT_TRUE(*answer && **answer);
  agreement->change({{}, {{store_write_kind::erase, entry_key("scheduler/a", 1), {}}}}, 0);
  auto late = std::exchange(nodes["n1"].trouble->kept, {});
  ASSERT_FALSE(late.empty());
  for (auto& one : late)
    EXPECT_FALSE(agreement->change(one, 0).is_applied);
  EXPECT_EQ(entries_in_store(), 0u);
}

TEST_F(SharedJournal, AnUnknownOutcomeEndsWithTheOwner) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->keeps_requests = true;
  auto answer = send("n1", batch("scheduler/a", 1, epoch));
  advance(500ms);
  ASSERT_FALSE(*answer);
  own("a", "n2");
  nodes["n1"].trouble->keeps_requests = false;
  advance(2s);
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->error().code, ec::deposed);
  for (auto& one : nodes["n1"].trouble->kept)
    EXPECT_FALSE(agreement->change(one, 0).is_applied) << "what was refused may never become visible";
}

TEST_F(SharedJournal, ANewOwnerLoadsAllThatTheOldOneGotDurable) {
  start_three();
  auto old_epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, old_epoch)));
  nodes["n2"].trouble->holds_changes = true; // its watch is late
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, old_epoch)));
  auto epoch = own("a", "n2");
  auto loaded = load("n2", "scheduler/a", epoch);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 2u);
  let_changes_go("n2");
  ASSERT_TRUE(append("n2", batch("scheduler/a", 3, epoch)));
  EXPECT_EQ(append("n1", batch("scheduler/a", 3, old_epoch)).error().code, ec::deposed);
  advance(1s);
  expect_equal_disks();
}

TEST_F(SharedJournal, AWatchThatLosesOrTurnsChangesIsNotTrusted) {
  start_three();
  auto epoch = own("a", "n1");
  for (std::uint64_t i = 0; i < 30; ++i) {
    nodes["n2"].trouble->lost_changes = i % 3 == 0 ? 1 : 0;
    nodes["n3"].trouble->holds_changes = true;
    ASSERT_TRUE(append("n1", batch("scheduler/a", 1 + i, epoch)));
    if (i % 5 == 4)
      let_changes_go("n3", true);
    advance(i % 7 == 0 ? 3s : 20ms);
  }
  let_changes_go("n3", true);
  advance(5s);
  for (auto* node : {"n2", "n3"})
    EXPECT_EQ(on_disk(node, "scheduler/a"), 30u) << node;
  expect_equal_disks();
}

TEST_F(SharedJournal, TheLastChangeIsFoundAlsoWhereTheWatchSaysNothingMore) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n2"].trouble->lost_changes = 1;
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(7s);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 1u);
}

TEST_F(SharedJournal, WhoReadsSeesWhatWasAnswered) {
  start_three();
  auto epoch = own("a", "n1");
  auto what = batch("scheduler/a", 1, epoch);
  finished_operation finished;
  finished.what.id = operation_id("op");
  finished.what.scheduler = scheduler_name("a");
  finished.what.status = operation_status::finished;
  what.finished.push_back(finished);
  auto answer = send("n1", what);
  ASSERT_TRUE(*answer && **answer);
  EXPECT_EQ(on_disk("n1", "scheduler/a"), 0u) << "this node's disk is later than the answer";
  auto page = at<event_page>("n1", read_events{"scheduler/a", 1, 10});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 1u);
  auto found = at<operation>("n1", get_operation{scheduler_name("a"), operation_id("op")});
  EXPECT_TRUE(found);
  EXPECT_THAT(at<stream_list>("n1", list_streams{"scheduler/"})->names, ::testing::ElementsAre("scheduler/a"));
  advance(100ms);
  EXPECT_TRUE(at<operation>("n3", get_operation{scheduler_name("a"), operation_id("op")}));
}

// That its former life is on this node's disk, with more events, says nothing of the new one.
TEST_F(SharedJournal, WhoReadsAStreamThatBeginsAnewSeesWhatWasAnswered) {
  start_three();
  auto epoch = own("a", "n1");
  auto last = batch("scheduler/a", 1, epoch, 5);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  advance(15s, 50ms);
  ASSERT_EQ(entries_in_store(), 0u);
  nodes["n1"].disk->streams.erase("scheduler/a"); // its retention is over
  auto again = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", again)->last_sequence, 0u);
  auto answer = send("n1", batch("scheduler/a", 1, again, 2));
  ASSERT_TRUE(*answer && **answer);
  ASSERT_EQ(on_disk("n1", "scheduler/a"), 0u) << "this node's disk is later than the answer";
  auto page = at<event_page>("n1", read_events{"scheduler/a", 1, 10});
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->items.size(), 2u);
}

TEST_F(SharedJournal, ANodeThatWasAwayGetsWhatItMissed) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(2s);
  end("n2");
  for (std::uint64_t i = 2; i < 40; ++i)
    ASSERT_TRUE(append("n1", batch("scheduler/a", i, epoch)));
  start("n2");
  auto loaded = load("n2", "scheduler/a", own("a", "n2"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 39u);
}

TEST_F(SharedJournal, ANodeThatStartsAgainGoesOnUnderTheSameEpoch) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  nodes["n1"].trouble->keeps_requests = true;
  auto lost = send("n1", batch("scheduler/a", 2, epoch));
  advance(10ms);
  end("n1");
  nodes["n1"].trouble->keeps_requests = false;
  start("n1");
  auto loaded = load("n1", "scheduler/a", epoch);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 1u);
  for (auto& one : std::exchange(nodes["n1"].trouble->kept, {}))
    EXPECT_FALSE(agreement->change(one, 0).is_applied) << "a transaction of the earlier life is too late";
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(1s);
  expect_equal_disks();
}

TEST_F(SharedJournal, OfTwoProcessesWithOneNameTheOlderOneEnds) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  auto old = nodes["n1"].journal;
  start("n1");
  advance(1s);
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  std::swap(old, nodes["n1"].journal);
  auto refused = append("n1", batch("scheduler/a", 2, epoch));
  EXPECT_EQ(refused.error().code, ec::unavailable)
      << "nobody else has the scheduler: it is not asked for elsewhere";
  EXPECT_THAT(refused.error().text, ::testing::HasSubstr("another process"));
}

TEST_F(SharedJournal, AStoreThatIsAwayRefusesNewWordsAtOnceAndForgetsNone) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  agreement->set_reachable(false);
  auto unknown = send("n1", batch("scheduler/a", 2, epoch));
  advance(6s);
  EXPECT_FALSE(*unknown) << "it may have happened";
  auto refused = send("n1", batch("scheduler/a", 3, epoch));
  ASSERT_TRUE(*refused);
  EXPECT_EQ((*refused)->error().code, ec::unavailable);
  EXPECT_TRUE(at<event_page>("n1", read_events{"scheduler/a", 1, 10})) << "what is here is read";
  agreement->set_reachable(true);
  advance(3s);
  ASSERT_TRUE(*unknown && **unknown);
  ASSERT_TRUE(append("n1", batch("scheduler/a", 3, epoch)));
  advance(1s);
  EXPECT_EQ(on_disk("n3", "scheduler/a"), 3u);
  expect_equal_disks();
}

TEST_F(SharedJournal, AStoreThatElectsItsLeaderIsWaitedFor) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  nodes["n1"].trouble->keeps_requests = true;
  auto first = send("n1", batch("scheduler/a", 2, epoch));
  advance(3s);
  auto next = send("n1", batch("scheduler/a", 3, epoch));
  EXPECT_FALSE(*next);
  nodes["n1"].trouble->keeps_requests = false;
  advance(2s);
  EXPECT_TRUE(*first && **first);
  EXPECT_TRUE(*next && **next);
}

// What the node wrote as an owner before is refused because another has written there since, not what it writes now.
TEST_F(SharedJournal, ANodeThatOwnsASchedulerAgainIsNotRefusedForWhatItWroteBefore) {
  start_three();
  auto before = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, before)));
  auto other = own("b", "n1");
  nodes["n1"].trouble->keeps_requests = true;
  auto held = send("n1", batch("scheduler/b", 1, other));
  advance(100ms);
  auto former = send("n1", batch("scheduler/a", 2, before)); // waits for that one's outcome
  ASSERT_TRUE(append("n2", batch("scheduler/a", 2, own("a", "n2"))));
  auto again = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", again)->last_sequence, 2u);
  auto now = send("n1", batch("scheduler/a", 3, again));
  nodes["n1"].trouble->keeps_requests = false;
  advance(3s);
  ASSERT_TRUE(*held && *former && *now);
  EXPECT_EQ((*former)->error().code, ec::deposed);
  EXPECT_TRUE(**now) << (*now)->error().text;
}

TEST_F(SharedJournal, AStoreThatIsFullRefusesWithTheReason) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->is_full = true;
  auto refused = append("n1", batch("scheduler/a", 1, epoch));
  EXPECT_EQ(refused.error().code, ec::resource_exhausted);
  auto status = at<journal_status>("n1", get_journal_status{});
  EXPECT_TRUE(status->read_only);
  EXPECT_THAT(status->reason, ::testing::HasSubstr("space"));
  nodes["n1"].trouble->is_full = false;
  advance(2s);
  EXPECT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  EXPECT_FALSE(at<journal_status>("n1", get_journal_status{})->read_only);
}

// etcd says so of the transaction that makes it too full, and has carried it out.
TEST_F(SharedJournal, WhatFillsTheStoreIsAcknowledgedAndTheNodeGoesOn) {
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->full_changes = 1;
  auto first = append("n1", batch("scheduler/a", 1, epoch));
  ASSERT_TRUE(first) << first.error().text;
  nodes["n1"].trouble->is_full = true;
  EXPECT_EQ(append("n1", batch("scheduler/a", 2, epoch)).error().code, ec::resource_exhausted);
  nodes["n1"].trouble->is_full = false;
  advance(2s);
  EXPECT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(1s);
  EXPECT_EQ(on_disk("n3", "scheduler/a"), 2u);
  expect_equal_disks();
}

TEST_F(SharedJournal, WhatWaitsHasABound) {
  settings.waiting_batches = 10;
  start_three();
  auto epoch = own("a", "n1");
  nodes["n1"].trouble->lost_requests = 1000;
  std::vector<std::shared_ptr<std::optional<result<events_appended>>>> answers;
  for (std::uint64_t i = 0; i < 20; ++i)
    answers.push_back(send("n1", batch("scheduler/a", 1 + i, epoch)));
  ASSERT_TRUE(*answers[11]);
  EXPECT_EQ((*answers[11])->error().code, ec::resource_exhausted);
  ASSERT_TRUE(*answers[19]) << "and what comes behind it does not follow";
  EXPECT_FALSE(**answers[19]);
  nodes["n1"].trouble->lost_requests = 0;
  advance(2s);
  EXPECT_TRUE(*answers[10] && **answers[10]);
  EXPECT_TRUE(append("n1", batch("scheduler/a", 12, epoch)));
}

TEST_F(SharedJournal, ADiskThatRefusesIsTriedAgain) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(1s);
  nodes["n2"].disk->fail_next_sync = true;
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(1s);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 1u);
  auto told = archive().copies[node_name("n2")].complete;
  ASSERT_TRUE(append("n1", batch("scheduler/a", 3, epoch)));
  advance(5s);
  EXPECT_EQ(archive().copies[node_name("n2")].complete, told) << "its disk does not have it";
  end("n2");
  start("n2");
  advance(3s);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 3u);
  EXPECT_GT(archive().copies[node_name("n2")].complete, told);
}

TEST_F(SharedJournal, WhatIsOnEnoughDisksLeavesTheStore) {
  start_three();
  auto epoch = own("a", "n1");
  for (std::uint64_t i = 1; i <= 300; ++i)
    send("n1", batch("scheduler/a", i, epoch));
  advance(10s);
  EXPECT_EQ(entries_in_store(), 0u);
  EXPECT_GT(archive().trimmed, static_cast<std::int64_t>(epoch.number));
  for (auto& [name, copy] : archive().copies)
    EXPECT_GE(copy.complete, archive().trimmed) << name.str();
  expect_equal_disks();
}

TEST_F(SharedJournal, WhatADiskLacksStaysInTheStore) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(10s);
  nodes["n3"].disk->fail_next_sync = true; // it takes nothing from now on
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(20s);
  EXPECT_EQ(entries_in_store(), 1u) << "n3 lives, and does not have it";
  end("n3");
  agreement->change({{}, {{store_write_kind::erase, copy_key(node_name("n3")), {}}}}, 0); // it was removed
  nodes.erase("n3");
  tell_peers();
  advance(10s);
  EXPECT_EQ(entries_in_store(), 0u) << "two have it, and there are no more";
}

TEST_F(SharedJournal, AFirstMarkThatArrivesWhenEntriesHaveLeftTheStoreDoesNotCount) {
  start("n1");
  advance(1s);
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  start("n2");
  auto& trouble = *nodes["n2"].trouble;
  for (int i = 0; i < 5000 && agreement->read(writer_key(node_name("n2"))).entries.empty(); ++i)
    advance(1ms);
  trouble.keeps_requests = true; // its first mark is on its way from now on
  for (int i = 0; i < 5000 && trouble.kept.empty(); ++i)
    advance(1ms);
  ASSERT_EQ(archive().copies[node_name("n2")].complete, 0);
  auto late = std::exchange(trouble.kept, {});
  ASSERT_EQ(late.size(), 1u);
  ASSERT_EQ(late[0].writes[0].key, copy_key(node_name("n2")));
  end("n2");
  tell_peers();
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(20s);
  ASSERT_EQ(entries_in_store(), 0u) << "n1 is the only one that has a copy";
  EXPECT_FALSE(agreement->change(late[0], 0).is_applied) << "what it lacks has gone";
}

TEST_F(SharedJournal, OneDiskAloneIsNotEnoughWhereThereAreTwo) {
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(10s);
  for (auto* name : {"n2", "n3"}) {
    end(name);
    nodes.erase(name);
  }
  tell_peers();
  ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch)));
  advance(20s);
  EXPECT_EQ(entries_in_store(), 1u) << "one disk has it";
}

} // namespace

} // namespace maestro
