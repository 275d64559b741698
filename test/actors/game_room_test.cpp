// A game room alone: what it answers by itself, and what it hands to its pool (a typed fake that notes it).
#include "actors/room_pool/game_room.hpp"
#include "test/support/actor_fixture.hpp"

#include <caf/actor_companion.hpp>
#include <memory>

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct noted_pings {
  std::vector<observe_ping> pings;
  std::vector<observe_silence> silences;
  bool success = true;
};

room_pool_actor::behavior_type fake_pool(room_pool_actor::pointer, std::shared_ptr<noted_pings> noted) {
  auto refuse = [] { return to_caf({ec::unimplemented, "not asked here"}); };
  return {
      [refuse](const allocate_room&) -> caf::result<allocated_room> { return refuse(); },
      [noted](const observe_ping& ping) {
        noted->pings.push_back(ping);
        return ping_result{noted->success};
      },
      [noted](const observe_silence& seen) { noted->silences.push_back(seen); },
      [refuse](const report_room_event&) -> caf::result<done> { return refuse(); },
      [refuse](const find_room&) -> caf::result<room_handle> { return refuse(); },
      [refuse](const list_rooms&) -> caf::result<room_list> { return refuse(); },
      [refuse](const get_room&) -> caf::result<room_view> { return refuse(); },
      [refuse](count_rooms) -> caf::result<room_counts> { return refuse(); },
      [refuse](const explain_rooms&) -> caf::result<rooms_explanation> { return refuse(); },
      [refuse](const list_strangers&) -> caf::result<stranger_list> { return refuse(); },
      [refuse](const adopt_stranger&) -> caf::result<done> { return refuse(); },
      [refuse](const end_stranger&) -> caf::result<done> { return refuse(); },
      [refuse](get_pool_health) -> caf::result<pool_health> { return refuse(); },
      [refuse](const create_rooms&) -> caf::result<rooms_created> { return refuse(); },
      [refuse](const remove_rooms&) -> caf::result<rooms_removed> { return refuse(); },
      [refuse](const stop_draining&) -> caf::result<done> { return refuse(); },
      [](const update_recipe&) {},
      [](const report_losses&) {},
      [](const scheduler_condition&) {},
      [](const host_lost&) {},
      [](const instance_event&) {},
      [refuse](begin_review) -> caf::result<done> { return refuse(); },
      [refuse](const instance_list&) -> caf::result<done> { return refuse(); },
      [](const timer_fired&) {},
  };
}

struct GameRoomTest : ActorTest {
  GameRoomTest() {
    auto made = std::make_shared<actor_context>();
    known.id = room_id{"arena-a"};
    made->clock = [clock = now()] { return clock_reading{clock(), never, clock().time_since_epoch()}; };
    known.status = room_status::ready;
    known.ping = ping_status::ready;
    pool = keep(sys.spawn(fake_pool, noted));
    around = std::make_shared<game_room::surroundings>(made, pool);
    made_room = make_game_room(sys, around, known);
    game = keep(caf::actor_cast<game_room_actor>(made_room));
  }

  bool ping(ping_status status, std::int64_t matches = 0) {
    auto told = ask<ping_result>(game, ping_room{status, matches});
    return told && told->success;
  }

  void change(room_status status, ping_status said) {
    known.status = status;
    known.ping = said;
    known.allocated_at = now()();
    room().learn(known);
  }
  game_room& room() { return static_cast<game_room&>(*made_room->get()); }

  room_record known;
  std::shared_ptr<noted_pings> noted = std::make_shared<noted_pings>();
  room_pool_actor pool;
  game_room::surroundings_ptr around;
  caf::strong_actor_ptr made_room;
  game_room_actor game;
};

TEST_F(GameRoomTest, AnswersARepeatedPingByItself) {
  EXPECT_TRUE(ping(ping_status::ready));
  EXPECT_TRUE(noted->pings.empty());
}

TEST_F(GameRoomTest, HandsAChangeToItsPoolAndGivesItsAnswer) {
  EXPECT_TRUE(ping(ping_status::occupied, 1));
  ASSERT_EQ(noted->pings.size(), 1u);
  EXPECT_EQ(noted->pings[0].id, known.id);
  EXPECT_EQ(noted->pings[0].status, ping_status::occupied);
  EXPECT_EQ(noted->pings[0].running_matches, 1);
  noted->success = false;
  EXPECT_FALSE(ping(ping_status::terminated));
}

TEST_F(GameRoomTest, AsksAgainUntilItsPoolSaysThatTheChangeIsDurable) {
  ping(ping_status::occupied, 1);
  ping(ping_status::occupied, 1);
  EXPECT_EQ(noted->pings.size(), 2u) << "nothing has become durable yet";
  known.running_matches = 1;
  change(room_status::occupied, ping_status::occupied);
  room().conclude_ping();
  room().conclude_ping();
  ping(ping_status::occupied, 1);
  EXPECT_EQ(noted->pings.size(), 2u);
}

// Compared with what is durable it would say nothing new, and be lost when the one before it becomes durable.
TEST_F(GameRoomTest, HandsOverEveryPingThatFollowsOneUnderWay) {
  ping(ping_status::occupied, 1);
  ping(ping_status::ready);
  EXPECT_EQ(noted->pings.size(), 2u);
  known.running_matches = 1;
  change(room_status::occupied, ping_status::occupied);
  room().conclude_ping();
  ping(ping_status::occupied, 1);
  EXPECT_EQ(noted->pings.size(), 3u) << "the second one is still on its way";
  known.running_matches = 0;
  change(room_status::ready, ping_status::ready);
  room().conclude_ping();
  room().conclude_ping();
  ping(ping_status::ready);
  EXPECT_EQ(noted->pings.size(), 3u);
}

TEST_F(GameRoomTest, AsksWhenItsAllocationHasRunOut) {
  change(room_status::allocated, ping_status::ready);
  advance(299s, 1s);
  EXPECT_TRUE(ping(ping_status::ready));
  EXPECT_TRUE(noted->pings.empty());
  advance(1s);
  EXPECT_TRUE(ping(ping_status::ready));
  EXPECT_EQ(noted->pings.size(), 1u);
}

// From who asks a server that does not ping.
TEST_F(GameRoomTest, HandsSilenceToItsPoolUntilThatIsDurable) {
  auto hear_nothing = [&] {
    caf::anon_send(caf::actor_cast<asked_room_actor>(game), report_silence{"no answer", false});
    run();
  };
  hear_nothing();
  ASSERT_EQ(noted->silences.size(), 1u);
  EXPECT_EQ(noted->silences[0].id, known.id);
  EXPECT_EQ(noted->silences[0].reason, "no answer");
  EXPECT_EQ(room().last_ping_at(), never) << "silence is no sign of life";
  known.silence = "no answer";
  change(room_status::unready, ping_status::ready);
  hear_nothing();
  EXPECT_EQ(noted->silences.size(), 1u);
  ping(ping_status::ready);
  EXPECT_EQ(noted->pings.size(), 1u) << "it answers again, and the pool must know";
}

TEST_F(GameRoomTest, WhatCouldNotBeLookedAtIsNoSilence) {
  caf::anon_send(caf::actor_cast<asked_room_actor>(game), report_silence{"Too many open files", true});
  run();
  EXPECT_TRUE(noted->silences.empty());
  EXPECT_EQ(room().last_ping_at(), never);
  EXPECT_NE(room().last_excuse_at(), never);
}

TEST_F(GameRoomTest, AsksSoonerWhenItsPoolKnowsAShorterAllocation) {
  around->allocation_ttl = duration{10s}.count();
  change(room_status::allocated, ping_status::ready);
  advance(10s);
  EXPECT_TRUE(ping(ping_status::ready));
  EXPECT_EQ(noted->pings.size(), 1u);
}

TEST_F(GameRoomTest, AnswersOnTheThreadThatAsks) {
  std::string answered;
  auto client = sys.spawn<caf::actor_companion, caf::hidden>();
  auto* companion = caf::actor_cast<caf::actor_companion*>(client);
  companion->on_enqueue([&](caf::mailbox_element_ptr what) {
    answered = what->content().match_elements<ping_result>() ? "told" : "failed";
  });
  auto request = [&](auto message) {
    answered.clear();
    room().enqueue(caf::make_mailbox_element(caf::actor_cast<caf::strong_actor_ptr>(client),
                                             companion->new_request_id(caf::message_priority::normal), {},
                                             message),
                   nullptr);
    return answered;
  };
  EXPECT_EQ(request(ping_room{ping_status::ready, 0}), "told") << "no scheduler had to run";
  EXPECT_EQ(request(get_pool_health{}), "failed") << "it does not understand that";
  EXPECT_EQ(request(ping_room{ping_status::occupied, 1}), "") << "its pool has to answer";
  run();
  EXPECT_EQ(answered, "told");
  room().end();
  EXPECT_EQ(request(ping_room{ping_status::ready, 0}), "failed")
      << "who asks a room that has ended hears it at once";
  companion->on_enqueue(nullptr);
  companion->cleanup(caf::exit_reason::normal, nullptr);
}

TEST_F(GameRoomTest, EndsLikeEveryActor) {
  caf::anon_send_exit(game, caf::exit_reason::kill);
  auto told = ask<ping_result>(game, ping_room{ping_status::ready, 0});
  ASSERT_FALSE(told);
  EXPECT_EQ(from_caf(told.error()).subject, failure_subject::actor);
}

TEST_F(GameRoomTest, WritesItsLastPingWhereItsPoolReadsIt) {
  EXPECT_EQ(room().last_ping_at(), never);
  ping(ping_status::ready);
  EXPECT_EQ(room().last_ping_at(), now()());
}

} // namespace
} // namespace maestro
