#include "test/journal/journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JournalKeeper : public JournalFixture {
protected:
  void SetUp() override { start(); }
};

TEST_F(JournalKeeper, AppendedEventsAreThereAfterARestart) {
  ASSERT_TRUE(append("scheduler/arena", 1, {"one", std::string("t\0wo", 4)}));
  auto third = append("scheduler/arena", 3, {"three"});
  ASSERT_TRUE(third);
  EXPECT_EQ(third->last_sequence, 3u);
  restart();
  auto loaded = load("scheduler/arena");
  EXPECT_THAT(loaded.tail, ElementsAre("one", std::string("t\0wo", 4), "three"));
  EXPECT_EQ(loaded.last_sequence, 3u);
  EXPECT_EQ(loaded.snapshot, "");
  EXPECT_TRUE(append("scheduler/arena", 4, {"four"}));
}

TEST_F(JournalKeeper, AnUnknownStreamIsEmpty) {
  auto loaded = load("scheduler/none");
  EXPECT_EQ(loaded.last_sequence, 0u);
  EXPECT_TRUE(loaded.tail.empty());
}

TEST_F(JournalKeeper, StreamsWithCommonPrefixesAreKeptApart) {
  ASSERT_TRUE(append("a", 1, {"a1"}));
  ASSERT_TRUE(append("a-b", 1, {"ab1", "ab2"}));
  ASSERT_TRUE(append("ab", 1, {"x"}));
  ASSERT_TRUE(append("a", 2, {"a2"}));
  EXPECT_THAT(load("a").tail, ElementsAre("a1", "a2"));
  EXPECT_THAT(load("a-b").tail, ElementsAre("ab1", "ab2"));
  auto listed = ask_keeper<stream_list>(list_streams{"a"});
  ASSERT_TRUE(listed);
  EXPECT_THAT(listed->names, ElementsAre("a", "a-b", "ab"));
  EXPECT_THAT(ask_keeper<stream_list>(list_streams{"a-"})->names, ElementsAre("a-b"));
}

TEST_F(JournalKeeper, AGapOrARepetitionIsRefusedAndNothingOfItIsKept) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  auto gap = append("s", 4, {"four"});
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().text, "stream s: sequence 4 does not follow 2");
  EXPECT_EQ(gap.error().code, ec::internal);
  EXPECT_FALSE(append("s", 2, {"two again"}));
  EXPECT_FALSE(append("s", 0, {"zero"}));
  EXPECT_THAT(load("s").tail, ElementsAre("one", "two"));
  EXPECT_TRUE(append("s", 3, {"three"}));
}

TEST_F(JournalKeeper, SequencesGoOnAfterARestartOnlyWhereTheyEnded) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  restart();
  EXPECT_FALSE(append("s", 2, {"two again"}));
  EXPECT_FALSE(append("s", 4, {"four"}));
  EXPECT_TRUE(append("s", 3, {"three"}));
}

TEST_F(JournalKeeper, AStreamNeedsAName) {
  auto unnamed = append("", 1, {"x"});
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().code, ec::invalid_argument);
  EXPECT_FALSE(append(std::string("a\0b", 3), 1, {"x"}));
  EXPECT_FALSE(append(std::string(513, 'a'), 1, {"x"}));
  EXPECT_TRUE(append(std::string(512, 'a'), 1, {"x"}));
}

TEST_F(JournalKeeper, ManyOutstandingAppendsShareAFewSyncs) {
  constexpr std::uint64_t count = 2000;
  std::uint64_t answered = 0;
  for (std::uint64_t i = 1; i <= count; ++i)
    self->send(keeper, events("s", i, {"record " + std::to_string(i)}));
  for (; answered < count; ++answered)
    self->receive([&](const events_appended& answer) { EXPECT_EQ(answer.last_sequence, answered + 1); });
  EXPECT_EQ(store->statistics().records.load(), count);
  EXPECT_LT(store->statistics().commits.load(), count / 10) << "no group commit";
  EXPECT_GE(store->statistics().commits.load(), count / config.max_batch_records);
  EXPECT_EQ(load("s").tail.size(), count);
}

TEST_F(JournalKeeper, ALoneAppendWaitsForNobody) {
  for (std::uint64_t i = 1; i <= 20; ++i)
    ASSERT_TRUE(append("s", i, {"x"}));
  EXPECT_EQ(store->statistics().commits.load(), 20u);
}

TEST_F(JournalKeeper, WhatWasAcceptedIsCommittedAndAnsweredBeforeTheEnd) {
  for (std::uint64_t i = 1; i <= 100; ++i)
    self->send(keeper, events("s", i, {"x"}));
  self->monitor(keeper);
  self->send_exit(keeper, caf::exit_reason::user_shutdown);
  std::uint64_t answered = 0;
  bool down = false;
  while (!down)
    self->receive([&](const events_appended&) { ++answered; }, [&](const caf::down_msg&) { down = true; });
  keeper = nullptr;
  store.reset();
  start();
  EXPECT_EQ(load("s").tail.size(), answered);
}

TEST_F(JournalKeeper, TheFolderIsFreeOnceTheKeeperIsDead) {
  for (auto why : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    ASSERT_TRUE(append("s" + std::to_string(static_cast<int>(why)), 1, {"x"}));
    stop(why);
    start(); // asserts that it can be opened
  }
}

// -- snapshots -------------------------------------------------------------------------------------------------

TEST_F(JournalKeeper, ASnapshotReplacesWhatItContains) {
  ASSERT_TRUE(append("s", 1, {"one", "two", "three"}));
  auto saved = ask_keeper<done>(save_snapshot{"s", 2, now, "state at two"});
  ASSERT_TRUE(saved) << saved.error().text;
  auto loaded = load("s");
  EXPECT_EQ(loaded.snapshot, "state at two");
  EXPECT_EQ(loaded.snapshot_sequence, 2u);
  EXPECT_THAT(loaded.tail, ElementsAre("three"));
  EXPECT_EQ(loaded.last_sequence, 3u);
}

TEST_F(JournalKeeper, AnOlderSnapshotNeverReplacesANewerOne) {
  ASSERT_TRUE(append("s", 1, {"one", "two", "three"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 3, now, "new"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, "old"}));
  EXPECT_EQ(load("s").snapshot, "new");
}

TEST_F(JournalKeeper, ASnapshotOfWhatIsNotDurableIsRefused) {
  ASSERT_TRUE(append("s", 1, {"one"}));
  auto early = ask_keeper<done>(save_snapshot{"s", 2, now, "future"});
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().text, HasSubstr("at sequence 2 is none of 1 to 1"));
  EXPECT_EQ(load("s").snapshot, "");
}

TEST_F(JournalKeeper, ALongSnapshotIsWrittenInPiecesAndReadAsOne) {
  stop();
  config.snapshot_chunk_bytes = 1000;
  start();
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  ASSERT_TRUE(append("s2", 1, {"one"}));
  std::string first(10'500, 'a'), second(3'000, 'b');
  first.back() = 'z';
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 1, now, first}));
  EXPECT_EQ(load("s").snapshot, first);
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, second}));
  restart();
  EXPECT_EQ(load("s").snapshot, second);
  EXPECT_EQ(load("s2").snapshot, "");
}

// -- finished operations ---------------------------------------------------------------------------------------

class FinishedOperations : public JournalKeeper {
protected:
  std::uint64_t sequence = 0;

  static finished_operation operation_of(const std::string& id, std::int64_t created, timestamp expires = never,
                                         bool listed = true, const std::string& scheduler = "arena") {
    finished_operation finished;
    finished.what.id = operation_id{id};
    finished.what.scheduler = scheduler_name{scheduler};
    finished.what.status = operation_status::finished;
    finished.what.definition = add_rooms_operation{created};
    finished.what.created_at = seconds_after_start(created);
    finished.listed = listed;
    finished.expires_at = expires;
    return finished;
  }
  void keep(std::vector<finished_operation> finished, const std::string& drop = {}) {
    auto batch = events("scheduler/arena", ++sequence, {"ended"});
    batch.finished = std::move(finished);
    batch.drop_operations_of = scheduler_name{drop};
    auto appended = ask_keeper<events_appended>(batch);
    ASSERT_TRUE(appended) << appended.error().text;
  }
  std::string listing(std::uint32_t page = 1, std::uint32_t per_page = 100, bool descending = true,
                      const std::string& scheduler = "arena") {
    auto found = ask_keeper<operation_page>(
        list_operations{scheduler_name{scheduler}, operation_stage::final, page, per_page, descending});
    if (!found)
      return found.error().text;
    std::string text = std::to_string(found->total) + ":";
    for (auto& item : found->items)
      text += " " + item.id.value;
    return text;
  }
  result<operation> get(const std::string& id) {
    return ask_keeper<operation>(get_operation{scheduler_name{"arena"}, operation_id{id}});
  }
};

TEST_F(FinishedOperations, AreListedByCreationTimeInBothOrders) {
  keep({operation_of("b", 2), operation_of("c", 3)});
  keep({operation_of("a", 1), operation_of("other", 2, never, true, "arena2")});
  EXPECT_EQ(listing(), "3: c b a");
  EXPECT_EQ(listing(1, 100, false), "3: a b c");
  restart();
  EXPECT_EQ(listing(), "3: c b a");
  auto found = get("b");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, operation_of("b", 2).what);
}

TEST_F(FinishedOperations, ArePagedWithTheTotalOfAllPages) {
  std::vector<finished_operation> all;
  for (int i = 0; i < 7; ++i)
    all.push_back(operation_of(std::string(1, static_cast<char>('a' + i)), i));
  keep(all);
  EXPECT_EQ(listing(1, 3), "7: g f e");
  EXPECT_EQ(listing(2, 3), "7: d c b");
  EXPECT_EQ(listing(3, 3), "7: a");
  EXPECT_EQ(listing(4, 3), "7:");
  EXPECT_EQ(listing(2, 3, false), "7: d e f");
}

TEST_F(FinishedOperations, UnlistedOnesAreFoundByIdOnly) {
  keep({operation_of("seen", 1), operation_of("hidden", 2, never, false)});
  EXPECT_EQ(listing(), "1: seen");
  EXPECT_TRUE(get("hidden"));
}

TEST_F(FinishedOperations, OneThatIsNotThereIsAnsweredWithTheTextOfTheWire) {
  auto missing = get("nope");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ec::not_found);
  EXPECT_EQ(missing.error().text, "operation nope not found in scheduler arena");
}

TEST_F(FinishedOperations, ExpiredOnesAreGoneFromEveryAnswerAndPurgedLater) {
  keep({operation_of("short", 1, seconds_after_start(100)),
        operation_of("hidden", 2, seconds_after_start(100), false),
        operation_of("long", 3, seconds_after_start(200)), operation_of("ever", 4)});
  now = seconds_after_start(99);
  EXPECT_EQ(listing(), "3: ever long short");
  now = seconds_after_start(100);
  EXPECT_EQ(listing(), "2: ever long");
  EXPECT_FALSE(get("short"));
  auto purged = ask_keeper<operations_purged>(purge_operations{scheduler_name{"arena"}, now});
  ASSERT_TRUE(purged);
  EXPECT_EQ(purged->count, 2u);
  now = seconds_after_start(0);
  EXPECT_EQ(listing(), "2: ever long") << "purged rows are gone for good";
  EXPECT_FALSE(get("hidden"));
  EXPECT_TRUE(get("long"));
}

TEST_F(FinishedOperations, AllOfASchedulerAreDroppedBeforeTheBatchAddsItsOwn) {
  keep({operation_of("old", 1), operation_of("older", 0, seconds_after_start(500), false),
        operation_of("kept", 1, never, true, "arena-2")});
  keep({operation_of("delete", 2)}, "arena");
  EXPECT_EQ(listing(), "1: delete");
  EXPECT_FALSE(get("old"));
  EXPECT_FALSE(get("older"));
  EXPECT_EQ(listing(1, 10, true, "arena-2"), "1: kept");
}

TEST_F(FinishedOperations, OfARefusedBatchAreNotKept) {
  auto batch = events("scheduler/arena", 7, {"ended"});
  batch.finished = {operation_of("ghost", 1)};
  EXPECT_FALSE(ask_keeper<events_appended>(batch));
  keep({operation_of("real", 2)});
  EXPECT_EQ(listing(), "1: real");
}

// -- retention -------------------------------------------------------------------------------------------------

TEST_F(JournalKeeper, EventsPastTheRetentionAreDroppedOnlyWhenASnapshotContainsThem) {
  ASSERT_TRUE(append("s", 1, {"one"}));
  ASSERT_TRUE(append("s", 2, {"two"}));
  ASSERT_TRUE(append("s", 3, {"three"}));
  ASSERT_TRUE(append("bare", 1, {"kept: no snapshot"}));
  EXPECT_EQ(*store->drop_events("s", seconds_after_start(100)), 0u) << "nothing contains them";
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, "state"}));
  EXPECT_EQ(*store->drop_events("s", seconds_after_start(2)), 1u) << "only the first is that old";
  EXPECT_EQ(*store->drop_events("s", seconds_after_start(100)), 1u);
  EXPECT_EQ(*store->drop_events("bare", seconds_after_start(100)), 0u);
  restart();
  EXPECT_THAT(load("s").tail, ElementsAre("three"));
  EXPECT_EQ(load("bare").tail.size(), 1u);
  EXPECT_TRUE(append("s", 4, {"four"}));
}

TEST_F(JournalKeeper, AStreamWhoseEventsAreAllDroppedGoesOnWhereItEnded) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, "state"}));
  EXPECT_EQ(*store->drop_events("s", seconds_after_start(100)), 2u);
  restart();
  EXPECT_EQ(load("s").last_sequence, 2u);
  EXPECT_THAT(ask_keeper<stream_list>(list_streams{})->names, ElementsAre("s"));
  EXPECT_FALSE(append("s", 1, {"one"}));
  EXPECT_TRUE(append("s", 3, {"three"}));
}

TEST_F(JournalKeeper, TheUpkeepDropsOldEventsByItself) {
  stop();
  config.retention_interval = std::chrono::milliseconds{5};
  config.retention = std::chrono::seconds{50};
  start();
  for (auto* stream : {"s1", "s2", "s3"}) {
    ASSERT_TRUE(append(stream, 1, {"one", "two"}));
    ASSERT_TRUE(ask_keeper<done>(save_snapshot{stream, 2, now, "state"}));
  }
  EXPECT_EQ(*store->drop_events("s1", now), 0u) << "events are younger than the clock";
  stop();
  now = seconds_after_start(1000);
  start();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (store->statistics().dropped < 6 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(store->statistics().dropped.load(), 6u);
  for (auto* stream : {"s1", "s2", "s3"})
    EXPECT_EQ(load(stream).last_sequence, 2u);
}

} // namespace
} // namespace maestro
