// The event log between its actor and a journal that answers when the test says so.
#include "actors/event_log.hpp"

#include "actors/rules/room_table.hpp"
#include "test/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <gmock/gmock.h>

#include <deque>
#include <memory>

namespace maestro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct held_append {
  append_events batch;
  caf::typed_response_promise<events_appended> promise;
};
struct held_snapshot {
  save_snapshot part;
  caf::typed_response_promise<done> promise;
};
/// What the journal was asked and has not answered yet.
struct held_requests {
  std::deque<held_append> appends;
  std::deque<held_snapshot> snapshots;
};

struct held_journal_state {
  static inline const char* name = "held_journal";
  held_journal_state() {}
};

template <class Answer>
caf::result<Answer> not_asked() {
  return to_caf({ec::internal, "not asked in this test"});
}

journal_actor spawn_held_journal(caf::actor_system& system, std::shared_ptr<held_requests> held) {
  using pointer = journal_actor::stateful_pointer<held_journal_state>;
  return system.spawn([held](pointer me) -> journal_actor::behavior_type {
    return {[me, held](const append_events& batch) -> caf::result<events_appended> {
              held->appends.push_back({batch, me->make_response_promise<events_appended>()});
              return held->appends.back().promise;
            },
            [](const load_stream&) { return not_asked<loaded_stream>(); },
            [me, held](const save_snapshot& part) -> caf::result<done> {
              held->snapshots.push_back({part, me->make_response_promise<done>()});
              return held->snapshots.back().promise;
            },
            [](const list_streams&) { return not_asked<stream_list>(); },
            [](const read_events&) { return not_asked<event_page>(); },
            [](const watch_events&) { return not_asked<done>(); },
            [](const list_operations&) { return not_asked<operation_page>(); },
            [](const get_operation&) { return not_asked<operation>(); },
            [](const purge_operations&) { return not_asked<operations_purged>(); },
            [](const make_checkpoint&) { return not_asked<checkpoint_made>(); },
            [](const get_journal_status&) { return journal_status{}; },
            [](const list_copies&) { return not_asked<copy_list>(); },
            [](const read_snapshot&) { return not_asked<snapshot_part>(); },
            [](const read_finished&) { return not_asked<finished_list>(); },
            [](const restore_copy&) { return not_asked<done>(); },
            [](const save_watermark&) { return not_asked<done>(); },
            [](const timer_fired&) {}};
  });
}

int times_to_come_back = 0;

struct counted_gathering {
  static constexpr bool may_wait = true;
  static void come_back(caf::event_based_actor*) { ++times_to_come_back; }
};

class EventLog : public ActorTest {
protected:
  using log_type = event_log<caf::event_based_actor, rules::room_table, counted_gathering>;

  void open(std::int64_t snapshot_after = 1000, std::int64_t part_entries = 1000, bool is_shared = false) {
    journal = keep(spawn_held_journal(sys, held));
    owner = keep(sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](done) {}}; }));
    run();
    auto* actor = dynamic_cast<caf::event_based_actor*>(caf::actor_cast<caf::abstract_actor*>(owner));
    auto context = std::make_shared<actor_context>();
    context->journal = journal;
    context->clock = now();
    context->settings.snapshot_after_events = snapshot_after;
    context->settings.snapshot_part_entries = part_entries;
    context->epoch = owner_epoch{2};
    context->journal_is_shared = is_shared;
    log = std::make_unique<log_type>(actor, context, "rooms/s");
  }
  void TearDown() override {
    held->appends.clear();
    held->snapshots.clear();
    ActorTest::TearDown();
  }

  /// Acts in the place of the two actors: what they last ran on is gone.
  void step_in() {
    for (auto& one : {owner, caf::actor_cast<caf::actor>(journal)})
      dynamic_cast<caf::local_actor*>(caf::actor_cast<caf::abstract_actor*>(one))->context(nullptr);
  }

  static pool_event created(const std::string& id) {
    room_record room;
    room.id = room_id{id};
    return room_created{room};
  }
  static pool_event removed(const std::string& id) {
    return room_removed{room_id{id}, removal_cause::scale_down, {}, never};
  }
  void append(const std::string& id) { append(std::vector{created(id)}, id); }
  void append(std::vector<pool_event> events, const std::string& name) {
    step_in();
    log->append(
        std::move(events), [this, name] { told.push_back(name + " durable"); },
        [this, name](const failure& why) { told.push_back(name + " refused: " + why.text); });
    run();
  }
  void answer() {
    auto next = std::move(held->appends.front());
    held->appends.pop_front();
    step_in();
    next.promise.deliver(events_appended{next.batch.first_sequence + next.batch.records.size() - 1});
    run();
  }
  void refuse() {
    auto next = std::move(held->appends.front());
    held->appends.pop_front();
    step_in();
    next.promise.deliver(to_caf({ec::unavailable, "disk full"}));
    run();
  }
  void add_rooms(int from, int to) {
    for (int i = from; i < to; ++i) {
      append("r" + std::to_string(i));
      answer();
    }
  }
  void save() {
    auto next = std::move(held->snapshots.front());
    held->snapshots.pop_front();
    saved += next.part.snapshot;
    step_in();
    next.promise.deliver(done{});
    run();
  }
  std::size_t size() const { return log->state().size(); }

  std::shared_ptr<held_requests> held = std::make_shared<held_requests>();
  journal_actor journal;
  caf::actor owner;
  std::unique_ptr<log_type> log;
  std::vector<std::string> told;
  std::string saved;
};

TEST_F(EventLog, NothingIsAppliedBeforeItIsDurable) {
  open();
  append({created("a"), created("b")}, "both");
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.stream, "rooms/s");
  EXPECT_EQ(held->appends[0].batch.first_sequence, 1u);
  EXPECT_EQ(held->appends[0].batch.epoch, owner_epoch{2});
  EXPECT_EQ(size(), 0u);
  EXPECT_THAT(told, ElementsAre());
  answer();
  EXPECT_EQ(size(), 2u);
  EXPECT_THAT(told, ElementsAre("both durable"));
}

TEST_F(EventLog, SeveralInFlightBecomeDurableInOrder) {
  open();
  append("a");
  append({created("b"), created("c")}, "bc");
  append("d");
  ASSERT_EQ(held->appends.size(), 3u);
  EXPECT_EQ(held->appends[1].batch.first_sequence, 2u);
  EXPECT_EQ(held->appends[2].batch.first_sequence, 4u);
  answer();
  answer();
  EXPECT_EQ(size(), 3u);
  answer();
  EXPECT_THAT(told, ElementsAre("a durable", "bc durable", "d durable"));
}

TEST_F(EventLog, AfterARefusalTheWholeFlightIsRefusedAndTheNextOneFollowsWhatIsDurable) {
  open();
  append("a");
  append("b");
  append("c");
  answer();
  refuse(); // b
  append("d");
  EXPECT_EQ(held->appends.size(), 1u) << "d did not reach the journal: c is still on its way";
  EXPECT_EQ(told.back(), "d refused: the journal refused an earlier write");
  refuse(); // c
  EXPECT_THAT(told, ElementsAre("a durable", "b refused: disk full",
                                "d refused: the journal refused an earlier write", "c refused: disk full"));
  EXPECT_EQ(size(), 1u);
  append("e");
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 2u) << "no gap where b and c were refused";
  answer();
  EXPECT_EQ(told.back(), "e durable");
  EXPECT_EQ(size(), 2u);
}

TEST_F(EventLog, ARefusalMayOvertakeTheAnswerOfAnEarlierOne) {
  open();
  append("a");
  append("b");
  std::swap(held->appends[0], held->appends[1]);
  refuse(); // b, while nobody knows yet whether a happened
  append("c");
  EXPECT_EQ(held->appends.size(), 1u) << "c did not reach the journal";
  answer(); // a
  EXPECT_EQ(told.back(), "a durable");
  EXPECT_EQ(size(), 1u);
  append("d");
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 2u) << "it follows a";
  answer();
  EXPECT_EQ(size(), 2u);
}

TEST_F(EventLog, ARefusalOfTheFirstInFlightRefusesNewOnesOnlyAsLongAsTheFlightLasts) {
  open();
  append("a");
  refuse();
  append("b");
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 1u);
}

TEST_F(EventLog, ANextAppendFromWithinThenIsPartOfTheSameOrder) {
  open();
  step_in();
  auto second = [this] {
    log->append(
        {created("b")}, [] {}, [](const failure&) {});
  };
  log->append({created("a")}, second, [](const failure&) {});
  run();
  answer();
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 2u);
  answer();
  EXPECT_EQ(size(), 2u);
}

TEST_F(EventLog, WhatGoesWithTheEventsIsInTheSameBatch) {
  open();
  finished_operation ended;
  ended.what.id = operation_id{"op"};
  step_in();
  log->append(
      {created("a")}, [] {}, [](const failure&) {}, {{ended}, scheduler_name{"s"}, {"rooms/s"}});
  run();
  ASSERT_EQ(held->appends.size(), 1u);
  auto& batch = held->appends[0].batch;
  EXPECT_EQ(batch.finished.at(0).what.id, ended.what.id);
  EXPECT_EQ(batch.drop_operations_of, scheduler_name{"s"});
  EXPECT_THAT(batch.ends_streams, ElementsAre("rooms/s"));
}

// -- gathered --------------------------------------------------------------------------------------------------

class GatheringEventLog : public EventLog {
protected:
  void open_gathering() {
    open(1000, 1000, true);
    times_to_come_back = 0;
  }
  void flush() {
    step_in();
    log->flush();
    run();
  }
};

TEST_F(GatheringEventLog, WhatWasGatheredGoesInOneBatchAndIsAnsweredInOrder) {
  open_gathering();
  append("a");
  append({created("b"), created("c")}, "bc");
  EXPECT_EQ(held->appends.size(), 0u);
  EXPECT_EQ(times_to_come_back, 1) << "once for all that waits";
  flush();
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 1u);
  EXPECT_EQ(held->appends[0].batch.records.size(), 3u);
  EXPECT_EQ(held->appends[0].batch.appends, 2u);
  append("d");
  EXPECT_EQ(times_to_come_back, 2);
  flush();
  ASSERT_EQ(held->appends.size(), 2u) << "nobody waits for the one before";
  EXPECT_EQ(held->appends[1].batch.first_sequence, 4u);
  EXPECT_THAT(told, ElementsAre());
  answer();
  EXPECT_THAT(told, ElementsAre("a durable", "bc durable"));
  EXPECT_EQ(size(), 3u);
  answer();
  EXPECT_EQ(told.back(), "d durable");
  flush();
  EXPECT_EQ(held->appends.size(), 0u) << "nothing waits";
}

TEST_F(GatheringEventLog, AllThatWasGatheredIsAppliedBeforeAnybodyIsAnswered) {
  open_gathering();
  step_in();
  std::size_t seen = 0;
  log->append(
      {created("a")}, [&] { seen = size(); }, [](const failure&) {});
  append("b");
  flush();
  answer();
  EXPECT_EQ(seen, 2u);
  EXPECT_EQ(log->durable_sequence(), 2u);
}

TEST_F(GatheringEventLog, WhatIsAppendedByWhoeverIsAnsweredGoesWithTheNext) {
  open_gathering();
  step_in();
  auto second = [this] {
    log->append(
        {created("c")}, [this] { told.push_back("c durable"); }, [](const failure&) {});
  };
  log->append({created("a")}, second, [](const failure&) {});
  append("b");
  flush();
  answer();
  EXPECT_THAT(told, ElementsAre("b durable"));
  EXPECT_EQ(held->appends.size(), 0u);
  flush();
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 3u);
  answer();
  EXPECT_EQ(told.back(), "c durable");
}

TEST_F(GatheringEventLog, ARefusalRefusesAllOfTheBatchAndWhatWaitsWhileOthersAreInFlight) {
  open_gathering();
  append("a");
  append("b");
  flush();
  append("c");
  flush();
  append("d");
  refuse(); // a and b
  EXPECT_THAT(told, ElementsAre("a refused: disk full", "b refused: disk full"));
  flush();
  EXPECT_EQ(held->appends.size(), 1u) << "d did not reach the journal: c is still on its way";
  EXPECT_EQ(told.back(), "d refused: the journal refused an earlier write");
  append("e");
  EXPECT_EQ(told.back(), "e refused: the journal refused an earlier write");
  refuse(); // c
  append("f");
  flush();
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 1u);
  EXPECT_EQ(size(), 0u);
}

TEST_F(GatheringEventLog, WhatWaitsWhenTheWholeFlightIsRefusedFollowsWhatIsDurable) {
  open_gathering();
  append("a");
  flush();
  append("b");
  refuse();
  flush();
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 1u);
  answer();
  EXPECT_THAT(told, ElementsAre("a refused: disk full", "b durable"));
}

TEST_F(GatheringEventLog, MuchIsNotGatheredFurther) {
  open_gathering();
  for (int i = 0; i < 130; ++i)
    append("r" + std::to_string(i));
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.records.size(), 128u);
  EXPECT_EQ(times_to_come_back, 2);
}

TEST_F(GatheringEventLog, WhatIsLongGoesAlone) {
  open_gathering();
  append("a");
  append(std::string(20'000, 'b'));
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.records.size(), 1u) << "a did not wait for it";
  append("c");
  ASSERT_EQ(held->appends.size(), 2u);
  EXPECT_EQ(held->appends[1].batch.records.size(), 1u);
  EXPECT_EQ(held->appends[1].batch.first_sequence, 2u);
  flush();
  ASSERT_EQ(held->appends.size(), 3u);
  EXPECT_EQ(held->appends[2].batch.first_sequence, 3u);
}

TEST_F(GatheringEventLog, WhatHasMoreToSayThanEventsGoesAtOnceBehindWhatWaited) {
  open_gathering();
  append("a");
  step_in();
  log->append(
      {created("b")}, [] {}, [](const failure&) {}, {{}, {}, {"rooms/s"}});
  run();
  ASSERT_EQ(held->appends.size(), 2u);
  EXPECT_THAT(held->appends[0].batch.ends_streams, ElementsAre());
  EXPECT_EQ(held->appends[1].batch.first_sequence, 2u);
  EXPECT_THAT(held->appends[1].batch.ends_streams, ElementsAre("rooms/s"));
}

// -- snapshots and recovery ------------------------------------------------------------------------------------

TEST_F(EventLog, ASnapshotIsDueAfterSoManyEventsOrTwiceTheSizeOfTheState) {
  open(4);
  add_rooms(0, 3);
  EXPECT_EQ(held->snapshots.size(), 0u);
  add_rooms(3, 4);
  EXPECT_EQ(held->snapshots.size(), 0u) << "4 rooms: twice as many events first";
  append({removed("r0"), removed("r1")}, "removed");
  answer();
  ASSERT_EQ(held->snapshots.size(), 1u) << "6 events, 2 rooms";
  EXPECT_EQ(held->snapshots[0].part.sequence, 6u);
  EXPECT_EQ(held->snapshots[0].part.stream, "rooms/s");
  EXPECT_EQ(held->snapshots[0].part.epoch, owner_epoch{2});
  EXPECT_TRUE(held->snapshots[0].part.is_last);
  save();
  add_rooms(10, 12);
  EXPECT_EQ(held->snapshots.size(), 0u) << "counted from the last snapshot";
}

TEST_F(EventLog, ASnapshotInPartsIsTheStateAfterOneEventWhateverComesMeanwhile) {
  open(20, 2);
  add_rooms(0, 10);
  ASSERT_EQ(held->snapshots.size(), 0u);
  for (int i = 0; i < 10; ++i) {
    append({room_allocated{room_id{"r" + std::to_string(i)}, timestamp{duration{i + 1}}}}, "allocated");
    answer();
  }
  ASSERT_EQ(held->snapshots.size(), 1u);
  auto cut = log->state().snapshot();
  std::uint32_t parts = 0;
  for (; !held->snapshots.empty(); ++parts) {
    auto& part = held->snapshots.front().part;
    EXPECT_EQ(part.sequence, 20u);
    EXPECT_EQ(part.part, parts);
    append({removed("r" + std::to_string(9 - parts)), room_pinged{room_id{"r4"}, ping_status::ready}},
           "meanwhile");
    answer();
    save();
  }
  EXPECT_GE(parts, 3u);
  EXPECT_NE(log->state().snapshot(), cut) << "the state went on";
  pool_snapshot whole;
  ASSERT_TRUE(decode(saved, whole));
  rules::room_table restored;
  restored.restore(whole);
  EXPECT_EQ(restored.snapshot(), cut);
}

TEST_F(EventLog, ASnapshotThatIsRefusedIsTriedAgainWhenTheNextIsDue) {
  open(4, 1);
  add_rooms(0, 2);
  append({removed("r0"), removed("r1")}, "removed");
  answer();
  ASSERT_EQ(held->snapshots.size(), 1u);
  step_in();
  held->snapshots.front().promise.deliver(to_caf({ec::unavailable, "disk full"}));
  held->snapshots.pop_front();
  run();
  append({created("a"), removed("a")}, "more");
  answer();
  EXPECT_EQ(held->snapshots.size(), 0u);
  append({created("a"), removed("a")}, "more");
  answer();
  ASSERT_EQ(held->snapshots.size(), 1u);
  EXPECT_EQ(held->snapshots[0].part.part, 0u);
  EXPECT_EQ(held->snapshots[0].part.sequence, 8u);
}

TEST_F(EventLog, RecoversFromSnapshotAndTailAndGoesOnBehindThem) {
  open();
  pool_snapshot two;
  two.rooms.resize(2);
  two.rooms[0].id = room_id{"a"};
  two.rooms[1].id = room_id{"b"};
  loaded_stream loaded;
  loaded.snapshot = encode(two);
  loaded.snapshot_sequence = 7;
  loaded.tail.push_back(encode(created("c")));
  loaded.last_sequence = 8;
  loaded.epoch = owner_epoch{2};
  ASSERT_TRUE(log->recover(loaded));
  EXPECT_EQ(size(), 3u);
  append("d");
  ASSERT_EQ(held->appends.size(), 1u);
  EXPECT_EQ(held->appends[0].batch.first_sequence, 9u);
}

TEST_F(EventLog, AStreamOfANewerOwnerOrWithAnUnreadableRecordIsNotServed) {
  open();
  loaded_stream newer;
  newer.epoch = owner_epoch{3};
  EXPECT_FALSE(log->recover(newer));
  loaded_stream damaged;
  damaged.tail.push_back("\xff");
  damaged.last_sequence = 1;
  EXPECT_FALSE(log->recover(damaged));
}

TEST_F(EventLog, ALoadedStreamThatDoesNotAddUpStopsTheNode) {
  open();
  loaded_stream short_one;
  short_one.last_sequence = 2;
  short_one.tail.push_back(encode(created("a")));
  EXPECT_DEATH(log->recover(short_one), HasSubstr("stream rooms/s: snapshot at 0 and 1 records end at 2"));
}

} // namespace
} // namespace maestro
