// Rooms that are asked how they are and do not answer: they are not handed out, lose no players, and come back with the first
// answer. And recipes whose rooms have time limits of their own.
#include "actors/rules/room_expiry.hpp"
#include "actors/rules/room_observation.hpp"
#include "test/rules/pool_world.hpp"

#include <gtest/gtest.h>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

const room_id arena{"arena-a"};

struct RoomSilence : ::testing::Test {
  RoomSilence() {
    world.scheduler.name = scheduler_name{"arena"};
    world.scheduler.spec.version = "v1.0.0";
    auto& health = world.scheduler.spec.health.emplace();
    health.probe = "quake3";
    health.port = "game";
  }
  void place(room_status status, ping_status ping, std::int64_t matches = 0) {
    room_record room;
    room.id = arena;
    room.version = "v1.0.0";
    room.status = status;
    room.ping = ping;
    room.running_matches = matches;
    room.instance = instance_status::ready;
    room.created_at = room.status_since = world.now;
    if (status == room_status::allocated)
      room.allocated_at = world.now;
    world.place(room);
  }
  const room_record& room() { return *world.table.find(arena); }
  void hear_nothing(const std::string& why = "no answer") {
    world.carry_out(decide_silence(world.view(), {arena, why}));
  }
  void answer(ping_status said = ping_status::ready, std::int64_t matches = 0) {
    world.carry_out(decide_ping(world.view(), {arena, said, matches}));
  }
  void see(instance_status status) {
    world.carry_out(
        decide_instance(world.view(), {arena, world.scheduler.name, "v1.0.0", status, "", "", {}, false}));
  }
  pool_world world;
};

TEST_F(RoomSilence, AReadyRoomIsNotHandedOutUntilItAnswersAgain) {
  place(room_status::ready, ping_status::ready);
  EXPECT_EQ(world.free.size(), 1u);
  hear_nothing();
  EXPECT_EQ(room().status, room_status::unready);
  EXPECT_EQ(room().silence, "no answer");
  EXPECT_TRUE(world.free.empty());
  answer();
  EXPECT_EQ(room().status, room_status::ready);
  EXPECT_EQ(room().silence, "");
  EXPECT_EQ(world.free.size(), 1u);
}

TEST_F(RoomSilence, IsWrittenAndCountedOnce) {
  place(room_status::ready, ping_status::ready);
  hear_nothing();
  auto written = world.journaled.size();
  auto sent = world.sent.size();
  EXPECT_EQ(to_line(world.journaled.back()), "arena-a does not answer: no answer: unready");
  EXPECT_EQ(to_line(world.sent.back()), "count room_silent");
  hear_nothing("nobody listens");
  EXPECT_EQ(world.journaled.size(), written);
  EXPECT_EQ(world.sent.size(), sent);
  EXPECT_EQ(room().silence, "no answer") << "why it was silent first";
}

TEST_F(RoomSilence, PlayersAreNotTakenForGone) {
  place(room_status::occupied, ping_status::occupied, 1);
  hear_nothing();
  EXPECT_EQ(room().status, room_status::occupied);
  EXPECT_EQ(room().silence, "no answer");
  answer();
  EXPECT_EQ(room().status, room_status::ready);
}

TEST_F(RoomSilence, ARoomWithSomeMatchesGetsNoMoreOfThem) {
  world.scheduler.max_matches = 3;
  place(room_status::active, ping_status::occupied, 1);
  EXPECT_TRUE(world.free.shares(arena));
  hear_nothing();
  EXPECT_EQ(room().status, room_status::active);
  EXPECT_FALSE(world.free.shares(arena));
}

TEST_F(RoomSilence, AnAllocationHoldsUntilItsTimeIsOver) {
  place(room_status::allocated, ping_status::ready);
  hear_nothing();
  EXPECT_EQ(room().status, room_status::allocated);
  world.now += 300s;
  hear_nothing();
  EXPECT_EQ(room().status, room_status::unready) << "not ready: it still does not answer";
}

TEST_F(RoomSilence, SaysWhyARoomThatNeverAnsweredIsNotReady) {
  place(room_status::unready, ping_status::unknown);
  hear_nothing();
  EXPECT_EQ(room().silence, "no answer");
  EXPECT_EQ(classify(room(), world.now, world.settings, world.now + 121s), room_health::initialization_over);
}

// A server that loads for two minutes is not silent, however soon its recipe calls others so.
TEST_F(RoomSilence, WhoHasNeverAnsweredHasItsInitializationTime) {
  world.settings.room_ping_timeout = 10s;
  place(room_status::unready, ping_status::unknown);
  EXPECT_EQ(classify(room(), world.now, world.settings, world.now + 119s), room_health::available);
  EXPECT_EQ(classify(room(), world.now, world.settings, world.now + 121s), room_health::initialization_over);
}

// However long ago it was made: only from its last sign of life on.
TEST_F(RoomSilence, AHungRoomExpiresByThePingTimeout) {
  place(room_status::ready, ping_status::ready);
  world.now += 10h;
  hear_nothing();
  auto last_answer = world.now;
  EXPECT_EQ(classify(room(), last_answer, world.settings, world.now + 239s), room_health::available);
  EXPECT_EQ(classify(room(), last_answer, world.settings, world.now + 241s), room_health::ping_over);
}

TEST_F(RoomSilence, ARestartedServerMustAnswerAnew) {
  place(room_status::ready, ping_status::ready);
  see(instance_status::pending);
  see(instance_status::ready);
  EXPECT_EQ(room().status, room_status::unready);
  EXPECT_EQ(room().silence, "it has restarted and has not answered yet");
  answer();
  EXPECT_EQ(room().status, room_status::ready);
}

TEST_F(RoomSilence, ServersThatPingAreReadyAfterARestartAsEver) {
  world.scheduler.spec.health.reset();
  place(room_status::ready, ping_status::ready);
  see(instance_status::pending);
  see(instance_status::ready);
  EXPECT_EQ(room().status, room_status::ready);
}

TEST_F(RoomSilence, NobodyIsHeardOfWhoIsNotAsked) {
  place(room_status::ready, ping_status::ready);
  see(instance_status::terminating);
  auto written = world.journaled.size();
  hear_nothing();
  world.carry_out(decide_silence(world.view(), {room_id{"arena-z"}, "no answer"}));
  EXPECT_EQ(world.journaled.size(), written);
}

TEST_F(RoomSilence, OnlyWhatChangesSomethingReachesThePool) {
  room_changed known{room_status::ready, ping_status::ready, 0, world.now, false, false};
  report_silence silence{"no answer", false};
  EXPECT_FALSE(changes_nothing(known, silence, 300s, world.now));
  known.is_silent = true;
  EXPECT_TRUE(changes_nothing(known, silence, 300s, world.now));
  EXPECT_FALSE(changes_nothing(known, ping_room{ping_status::ready, 0}, 300s, world.now)) << "it answers again";
  known.has_promises = true;
  EXPECT_FALSE(changes_nothing(known, silence, 300s, world.now + 300s)) << "the allocation is over";
}

TEST_F(RoomSilence, ARecipeHasTimeLimitsOfItsOwn) {
  auto& own = world.scheduler.spec.health->timeouts;
  own.ping = 10s;
  own.allocation = 20s;
  place(room_status::allocated, ping_status::ready);
  auto view = world.view();
  EXPECT_EQ(view.settings_of(room()).room_ping_timeout, 10s);
  EXPECT_EQ(view.settings_of(room()).room_deletion_timeout, world.settings.room_deletion_timeout);
  EXPECT_EQ(view.policy_for(room()).allocation_ttl, 20s);
  world.now += 21s;
  answer();
  EXPECT_EQ(room().status, room_status::ready) << "held for 20 s, not for 300";
}

TEST_F(RoomSilence, NewTimeLimitsHoldForRoomsOfAnOlderMinorVersion) {
  place(room_status::ready, ping_status::ready);
  auto newer = world.scheduler;
  newer.spec.version = "v1.1.0";
  newer.spec.health->timeouts.ping = 7s;
  static_cast<void>(world.view());
  world.versions.learn({newer, {world.scheduler}}, [](auto&) { return true; });
  world.scheduler = newer;
  EXPECT_EQ(world.view().settings_of(room()).room_ping_timeout, 7s);
}

} // namespace
} // namespace maestro::rules
