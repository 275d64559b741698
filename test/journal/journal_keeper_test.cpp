// What only the journal on disk has: group commit, its folder, snapshots in pieces, retention. What every journal
// promises is examined in journal_exam_test.
#include "messages/journal_codec.hpp"
#include "test/journal/journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {
namespace {

using ::testing::ElementsAre;

class JournalKeeper : public JournalFixture {
protected:
  void SetUp() override { start(); }
};

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

class RebuiltOperations : public JournalKeeper {
protected:
  static finished_operation made(const std::string& id, operation_definition definition, bool listed = true) {
    finished_operation finished;
    finished.what.id = operation_id{id};
    finished.what.scheduler = scheduler_name{"arena"};
    finished.what.definition = std::move(definition);
    finished.what.created_at = seconds_after_start(static_cast<std::int64_t>(id.size()));
    finished.listed = listed;
    return finished;
  }
  /// One batch as the scheduler writes it: the event and the row.
  void end(const finished_operation& finished, bool deletes = false) {
    std::vector<std::string> records{
        encode(scheduler_event{operation_ended{finished.what.id, finished.what.status, now, finished}})};
    if (deletes)
      records.push_back(encode(scheduler_event{scheduler_deleted{now}}));
    auto count = records.size();
    auto batch = events("scheduler/arena", sequence + 1, std::move(records));
    sequence += count;
    batch.finished = {finished};
    if (deletes)
      batch.drop_operations_of = scheduler_name{"arena"};
    ASSERT_TRUE(ask_keeper<events_appended>(batch));
  }
  std::string listing() {
    auto page =
        ask_keeper<operation_page>(list_operations{scheduler_name{"arena"}, operation_stage::final, 1, 100});
    std::string text = std::to_string(page->total) + ":";
    for (auto& one : page->items)
      text += " " + one.id.str();
    return text;
  }
  std::uint64_t sequence = 0;
};

TEST_F(RebuiltOperations, AreWhatTheBatchesWrote) {
  end(made("old", add_rooms_operation{1}));
  end(made("delete", delete_scheduler_operation{}), true);
  end(made("a", add_rooms_operation{1}));
  end(made("hidden", health_controller_operation{}, false));
  end(made("bb", add_rooms_operation{2}));
  ASSERT_EQ(listing(), "3: delete bb a");
  ASSERT_TRUE(store->rebuild_operations(scheduler_name{"arena"}));
  EXPECT_EQ(listing(), "3: delete bb a") << "the same again";
  auto lost = events("scheduler/other", 1, {"x"});
  lost.drop_operations_of = scheduler_name{"arena"};
  ASSERT_TRUE(ask_keeper<events_appended>(lost));
  ASSERT_EQ(listing(), "0:");
  ASSERT_TRUE(store->rebuild_operations(scheduler_name{"arena"}));
  EXPECT_EQ(listing(), "3: delete bb a");
  EXPECT_TRUE(ask_keeper<operation>(get_operation{scheduler_name{"arena"}, operation_id{"hidden"}}));
  EXPECT_FALSE(ask_keeper<operation>(get_operation{scheduler_name{"arena"}, operation_id{"old"}}));
}

TEST_F(RebuiltOperations, WhatNoEventHoldsIsKept) {
  auto batch = events("scheduler/arena", 1, {encode(scheduler_event{operation_ended{operation_id{"v1"}}})});
  batch.finished = {made("v1", add_rooms_operation{1})};
  ASSERT_TRUE(ask_keeper<events_appended>(batch));
  ASSERT_TRUE(store->rebuild_operations(scheduler_name{"arena"}));
  EXPECT_EQ(listing(), "1: v1");
}

TEST_F(JournalKeeper, AnEndedStreamLeavesTheDiskAfterTheRetentionUnlessItWasTakenUpAgain) {
  for (auto* stream : {"gone", "back"}) {
    ASSERT_TRUE(append(stream, 1, {"one", "two"}));
    ASSERT_TRUE(ask_keeper<done>(save_snapshot{stream, 1, now, "state"}));
    auto last = events(stream, 3, {"end"});
    last.ends_streams = {stream};
    ASSERT_TRUE(ask_keeper<events_appended>(last));
  }
  ASSERT_TRUE(append("back", 4, {"again"}));
  EXPECT_THAT(store->ended_streams(seconds_after_start(3))->names, ElementsAre()) << "they ended at 3";
  EXPECT_THAT(store->ended_streams(seconds_after_start(4))->names, ElementsAre("gone"));
  EXPECT_FALSE(*store->drop_ended("gone", seconds_after_start(3)));
  EXPECT_FALSE(*store->drop_ended("back", seconds_after_start(100)));
  EXPECT_TRUE(*store->drop_ended("gone", seconds_after_start(4)));
  EXPECT_FALSE(*store->drop_ended("gone", seconds_after_start(4)));
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(load("gone").last_sequence, 0u);
    EXPECT_EQ(load("gone").snapshot, "");
    EXPECT_EQ(load("gone").epoch, owner_epoch{0});
    EXPECT_EQ(load("back").last_sequence, 4u);
    restart();
  }
  EXPECT_TRUE(append("gone", 1, {"a new stream"}));
}

TEST_F(JournalKeeper, TheUpkeepDropsEndedStreamsByItself) {
  stop();
  config.retention_interval = std::chrono::milliseconds{5};
  config.retention = std::chrono::seconds{50};
  start();
  auto only = events("s", 1, {"one"});
  only.ends_streams = {"s"};
  ASSERT_TRUE(ask_keeper<events_appended>(only));
  stop();
  now = seconds_after_start(1000);
  start();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (store->statistics().streams_dropped < 1 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(load("s").last_sequence, 0u);
}

TEST_F(JournalKeeper, APageOfEventsIsBoundedByCountAndBytesAndSaysWhatIsGone) {
  stop();
  config.max_read_records = 3;
  config.max_read_bytes = 2500;
  start();
  ASSERT_TRUE(append("s", 1, {"1", "2", "3", "4"}));
  ASSERT_TRUE(append("s", 5, {std::string(1000, 'x'), std::string(1000, 'y'), std::string(9000, 'z')}));
  auto count = [&](std::uint64_t from) {
    return ask_keeper<event_page>(read_events{"s", from, 1000})->items.size();
  };
  EXPECT_EQ(count(1), 3u);
  EXPECT_EQ(count(5), 2u) << "the third would be too much";
  EXPECT_EQ(count(7), 1u) << "one at least";
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 4, now, "state"}));
  EXPECT_EQ(*store->drop_events("s", seconds_after_start(2)), 4u);
  auto page = ask_keeper<event_page>(read_events{"s", 2, 1});
  EXPECT_EQ(page->first_available, 5u);
  EXPECT_EQ(page->items.at(0).sequence, 5u);
}

} // namespace
} // namespace maestro
