// A room pool without its scheduler: what it answers to the commands of operations, what it does before it knows
// its scheduler, and that long work lets others in.
#include "actors/room_pool/long_work.hpp"
#include "actors/room_pool/room_pool.hpp"
#include "actors/room_tally.hpp"
#include "test/actors/fake_peers.hpp"
#include "test/actors/node_fixture.hpp"

#include <deque>

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct RoomPoolTest : NodeTest {
  RoomPoolTest() { open(); }

  void open(const room_host_actor& by = {}) {
    auto made = std::make_shared<actor_context>(*context);
    made->node_id = "node-1";
    if (by)
      made->host = by;
    if (pool)
      kill(pool);
    pool = keep(spawn_room_pool(sys, made, scheduler_name{"s"}, std::make_shared<room_tally>()));
  }

  /// Tells the pool its scheduler and lets it hear of instances, as scheduler and watcher do.
  void introduce(const scheduler& recipe, std::vector<scheduler> versions = {}) {
    auto subscriber = caf::actor_cast<instance_subscriber_actor>(
        keep(sys.spawn([this](instance_subscriber_actor::pointer me) -> instance_subscriber_actor::behavior_type {
          return {[this, me](const instance_event& event) { me->send(pool, event); }};
        })));
    ASSERT_TRUE(ask<done>(events, subscribe_instances{scheduler_name{"s"}, subscriber}));
    self->send(pool, update_recipe{recipe, {versions.begin(), versions.end()}});
    pass(100ms);
  }

  template <class Answer, class Request>
  caf::expected<Answer> order(Request request) {
    caf::expected<Answer> answer{caf::make_error(caf::sec::request_timeout)};
    auto pending = self->request(pool, caf::infinite, std::move(request));
    for (int i = 0; i < 400 && self->mailbox().empty(); ++i)
      pass(20ms);
    if (!self->mailbox().empty())
      pending.receive([&](Answer& value) { answer = std::move(value); },
                      [&](caf::error& why) { answer = std::move(why); });
    return answer;
  }

  /// As the watcher does.
  void show_runtime(instance_list list = {}) {
    ASSERT_TRUE(order<done>(begin_review{}));
    ASSERT_TRUE(order<done>(std::move(list)));
  }

  std::vector<room_record> rooms() {
    std::vector<room_record> all;
    auto list = order<room_list>(list_rooms{scheduler_name{"s"}});
    for (auto& view : list->items)
      all.push_back(view.room);
    return all;
  }

  room_pool_actor pool;
};

TEST_F(RoomPoolTest, TellsWhatAnOperationCreatedInAll) {
  auto narrow = recipe("s", 0);
  narrow.port_range = port_range{100, 102};
  introduce(narrow);
  operation_id operation{"op"};
  auto first = order<rooms_created>(create_rooms{operation, 2, ""});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->total, 2);
  EXPECT_EQ(first->last_error, "");
  auto second = order<rooms_created>(create_rooms{operation, 5, ""});
  EXPECT_EQ(second->total, 3);
  EXPECT_EQ(second->last_error, "not enough ports to allocate: every port of 100-102 is taken (port \"game\")");
  EXPECT_EQ(order<rooms_created>(create_rooms{operation, 5, ""})->total, 3) << "asked again it does nothing twice";
}

TEST_F(RoomPoolTest, WhatTheRuntimeRefusesIsNotCreated) {
  introduce(recipe("s", 0));
  auto refusing = simulated_host_config{};
  refusing.create_failure_probability = 1;
  world->reconfigure(refusing);
  operation_id operation{"op"};
  auto batch = order<rooms_created>(create_rooms{operation, 4, ""});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->total, 0);
  EXPECT_NE(batch->last_error, "");
  world->reconfigure({});
  EXPECT_EQ(order<rooms_created>(create_rooms{operation, 6, ""})->total, 2);
  EXPECT_TRUE(rooms().size() == 2u);
}

// What the runtime did not answer is not known: nothing is ended on a guess, the next look at its list decides.
TEST_F(RoomPoolTest, ACreationThatTheRuntimeDoesNotAnswerIsDecidedByTheNextLook) {
  auto silent = std::make_shared<fake_host>();
  silent->is_slow = true;
  open(keep(spawn_fake_host(sys, silent)));
  introduce(recipe("s", 0));
  show_runtime();
  auto batch = order<rooms_created>(create_rooms{operation_id{"op"}, 1, ""});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->last_error, "the runtime did not answer in time");
  show_runtime();
  EXPECT_EQ(silent->asked.size(), 1u) << "it is still being asked";
  advance(settings.runtime_timeout, 1s);
  EXPECT_EQ(rooms().size(), 1u);
  show_runtime();
  pass(1s);
  show_runtime();
  pass(1s);
  EXPECT_EQ(silent->asked, (std::vector<std::string>{"create_instance", "create_instance"}));
  EXPECT_EQ(rooms().size(), 1u);
}

// What the runtime said of it before anybody listened is lost, and whoever asks for it again is told nothing new.
TEST_F(RoomPoolTest, ARoomInCreationThatTheListShowsIsLookedAt) {
  auto slow = std::make_shared<fake_host>();
  slow->is_slow = true;
  open(keep(spawn_fake_host(sys, slow)));
  introduce(recipe("s", 0));
  self->send(pool, create_rooms{operation_id{"op"}, 2, ""});
  pass(100ms);
  auto asked = rooms();
  ASSERT_EQ(asked.size(), 2u);
  instance outlived;
  outlived.id = asked[0].id;
  outlived.scheduler = scheduler_name{"s"};
  outlived.status = instance_status::ready;
  outlived.ports = asked[0].ports;
  show_runtime({{outlived}, true});
  pass(100ms);
  auto seen = rooms();
  ASSERT_EQ(seen.size(), 2u) << "that the other one is missing says nothing";
  EXPECT_EQ(seen[0].instance, instance_status::ready);
  EXPECT_EQ(seen[1].instance, asked[1].instance);
}

TEST_F(RoomPoolTest, NamesVersionAndNodeOfItsRooms) {
  auto first = recipe("s", 0);
  first.spec.version = "v1.0.0";
  auto second = first;
  second.spec.version = "v2.0.0";
  introduce(second, {first, second});
  EXPECT_EQ(order<rooms_created>(create_rooms{operation_id{"a"}, 1, "v2.0.0"})->total, 1);
  auto unknown = order<rooms_created>(create_rooms{operation_id{"b"}, 1, "v1.0.0"});
  EXPECT_EQ(refusal(unknown).text, "the room pool of scheduler s does not know version v1.0.0")
      << "no room runs it, so it was not kept";
  ASSERT_EQ(rooms().size(), 1u);
  EXPECT_EQ(rooms()[0].version, "v2.0.0");
  EXPECT_EQ(rooms()[0].placed_on, "node-1");
  EXPECT_EQ(world->find(rooms()[0].id)->version, "v2.0.0");
}

TEST_F(RoomPoolTest, OfALaterLifeLearnsTheVersionThatIsTriedOutAndMakesNoRoomForIt) {
  auto tried = recipe("s", 0);
  tried.spec.version = "v2.0.0";
  introduce(recipe("s", 0));
  create_rooms trial{operation_id{"op"}, 1, "v2.0.0", true, tried};
  auto made = order<rooms_created>(trial);
  ASSERT_TRUE(made);
  ASSERT_FALSE(made->validation_room.empty());
  pass(1s);
  open();
  introduce(recipe("s", 0));
  trial.amount = 0;
  auto told = order<rooms_created>(trial);
  ASSERT_TRUE(told) << refusal(told).text;
  EXPECT_EQ(told->validation_room, made->validation_room);
  EXPECT_EQ(told->last_error, "");
  trial.operation = operation_id{"other"};
  EXPECT_TRUE(order<rooms_created>(trial)->validation_room.empty());
  pass(1s);
  EXPECT_EQ(rooms().size(), 1u);
  EXPECT_EQ(world->size(), 1u);
}

TEST_F(RoomPoolTest, AReviewWaitsForTheScheduler) {
  bool is_answered = false;
  bool has_begun = false;
  auto client = keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    me->request(pool, caf::infinite, allocate_room{scheduler_name{"s"}})
        .then([&](const allocated_room&) { is_answered = true; }, [&](const caf::error&) { is_answered = true; });
    me->request(pool, caf::infinite, begin_review{}).then([&](done) { has_begun = true; });
    return {[](done) {}};
  }));
  pass(1s);
  EXPECT_FALSE(has_begun) << "rooms cannot be judged before their versions are known";
  introduce(recipe("s", 0));
  EXPECT_TRUE(has_begun);
  EXPECT_FALSE(is_answered) << "nobody has looked at a list yet";
  EXPECT_TRUE(order<done>(instance_list{}));
  EXPECT_TRUE(is_answered);
}

TEST_F(RoomPoolTest, NothingIsConcludedFromAListThatIsNotInOrder) {
  introduce(recipe("s", 0));
  ASSERT_EQ(order<rooms_created>(create_rooms{operation_id{"op"}, 3, ""})->total, 3);
  pass(1s);
  auto all = world->instances();
  std::swap(all.front(), all.back());
  ASSERT_TRUE(order<done>(begin_review{}));
  EXPECT_EQ(refusal(order<done>(instance_list{all})).code, ec::invalid_argument);
  EXPECT_EQ(rooms().size(), 3u);
  std::swap(all.front(), all.back());
  ASSERT_TRUE(order<done>(begin_review{}));
  EXPECT_TRUE(order<done>(instance_list{{all[0]}, false}));
  EXPECT_FALSE(order<done>(instance_list{all})) << "the second page begins behind the first";
  EXPECT_EQ(rooms().size(), 3u);
}

TEST_F(RoomPoolTest, TellsItsHealthInOneSmallAnswer) {
  auto many = recipe("s", 0);
  many.spec.containers[0].ports.clear();
  introduce(many);
  auto amount = static_cast<std::int64_t>(2 * long_work::rooms_per_slice);
  ASSERT_EQ(order<rooms_created>(create_rooms{operation_id{"op"}, amount, ""})->total, amount);
  auto health = order<pool_health>(get_pool_health{});
  ASSERT_TRUE(health);
  EXPECT_EQ(health->available, amount);
  EXPECT_TRUE(health->expired.empty());
  pass(context->settings.room_ping_timeout + 1min);
  health = order<pool_health>(get_pool_health{});
  EXPECT_EQ(health->available, 0);
  EXPECT_EQ(health->expired.size(), static_cast<std::size_t>(context->settings.expired_limit));
  EXPECT_TRUE(health->has_more_expired);
  EXPECT_EQ(health->expired.front(), rooms().front().id);
}

TEST_F(RoomPoolTest, AnAllocationForNobodyTakesNoRoom) {
  introduce(recipe("s", 0));
  show_runtime();
  order<rooms_created>(create_rooms{operation_id{"op"}, 1, ""});
  pass(1s);
  auto id = rooms()[0].id;
  EXPECT_TRUE(order<ping_result>(observe_ping{id, ping_status::ready, 0})->success);
  auto late = order<allocated_room>(allocate_room{scheduler_name{"s"}, (now()() - 1ms).time_since_epoch()});
  EXPECT_EQ(refusal(late).code, ec::deadline_exceeded);
  EXPECT_EQ(rooms()[0].status, room_status::ready);
  EXPECT_TRUE(order<allocated_room>(allocate_room{scheduler_name{"s"}, (now()() + 1s).time_since_epoch()}));
}

TEST_F(RoomPoolTest, AListIsCutIntoPages) {
  introduce(recipe("s", 0));
  order<rooms_created>(create_rooms{operation_id{"op"}, 7, ""});
  auto all = rooms();
  ASSERT_EQ(all.size(), 7u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.id < b.id; }));
  auto page = order<room_list>(list_rooms{scheduler_name{"s"}, 5, 5});
  EXPECT_EQ(page->total, 7u);
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].room.id, all[5].id);
  EXPECT_EQ(order<room_list>(list_rooms{scheduler_name{"s"}, 9, 5})->items.size(), 0u);
  EXPECT_EQ(order<room_list>(list_rooms{scheduler_name{"s"}, 2, 3})->items[2].room.id, all[4].id);
}

TEST_F(RoomPoolTest, ALongListLetsAnAllocationThrough) {
  auto many = recipe("s", 0);
  many.spec.containers[0].ports.clear();
  introduce(many);
  show_runtime();
  auto amount = static_cast<std::int64_t>(3 * long_work::rooms_per_slice);
  ASSERT_EQ(order<rooms_created>(create_rooms{operation_id{"op"}, amount, ""})->total, amount);
  std::string answers;
  auto client = keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    me->request(pool, caf::infinite, list_rooms{scheduler_name{"s"}})
        .then([&](const room_list& list) { answers += "list of " + std::to_string(list.items.size()); },
              [](const caf::error&) {});
    me->request(pool, caf::infinite, allocate_room{scheduler_name{"s"}})
        .then([](const allocated_room&) {}, [&](const caf::error&) { answers += "allocation, "; });
    return {[](done) {}};
  }));
  pass(1s);
  EXPECT_EQ(answers, "allocation, list of " + std::to_string(amount));
}

TEST_F(RoomPoolTest, RemovesAllOfManyRoomsAFewAtATime) {
  auto many = recipe("s", 0);
  many.spec.containers[0].ports.clear();
  introduce(many);
  ASSERT_EQ(order<rooms_created>(create_rooms{operation_id{"op"}, 1000, ""})->total, 1000);
  auto removed = order<rooms_removed>(remove_rooms{operation_id{"end"}, {}, 0, removal_cause::scheduler_deleted});
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->ids.size(), 1000u);
  pass(10s);
  EXPECT_TRUE(rooms().empty());
}

TEST_F(RoomPoolTest, ReadsManyRoomsBackAFewAtATime) {
  auto many = recipe("s", 0);
  many.spec.containers[0].ports.clear();
  introduce(many);
  auto amount =
      static_cast<std::int64_t>(5 * long_work::rooms_per_slice); // some in the snapshot, some in the tail
  ASSERT_EQ(order<rooms_created>(create_rooms{operation_id{"op"}, amount, ""})->total, amount);
  pass(10s);
  auto before = rooms();
  kill(pool);
  ASSERT_FALSE(disk->streams["rooms/s"].snapshot.empty());
  pool = keep(spawn_room_pool(sys, context, scheduler_name{"s"}, std::make_shared<room_tally>()));
  pass(40ms); // the journal has answered
  bool is_there = false;
  auto client = keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    me->request(pool, caf::infinite, count_rooms{}).then([&](const room_counts&) { is_there = true; });
    return {[](done) {}};
  }));
  run();
  EXPECT_FALSE(is_there);
  EXPECT_TRUE(ask<directory_status>(directory, get_directory_status{})) << "others have their turns";
  EXPECT_EQ(rooms(), before);
  EXPECT_TRUE(is_there);
}

// -- long work alone ------------------------------------------------------------------------------------------

struct LongWork : ::testing::Test, long_work_owner {
  int to_go_on = 0;
  bool may_ask = true;
  std::string order;
  long_work work{*this};

  bool may_ask_now() const override { return may_ask; }
  void go_on_with_work() override { ++to_go_on; }

  long_work::slice says(char what, int slices) {
    return [this, what, slices]() mutable {
      order += what;
      return --slices > 0;
    };
  }
  void run() {
    for (int i = 0; i < 100 && to_go_on > 0; ++i) {
      --to_go_on;
      work.turn();
    }
  }
};

TEST_F(LongWork, WhatIsSmallIsDoneAtOnce) {
  work.start(says('a', 1));
  EXPECT_EQ(order, "a");
  EXPECT_EQ(to_go_on, 0);
}

TEST_F(LongWork, SlicesTakeTurnsAndOnlyOneTurnIsAskedFor) {
  work.start(says('a', 3));
  work.start(says('b', 3));
  EXPECT_EQ(to_go_on, 1);
  run();
  EXPECT_EQ(order, "ababab");
}

TEST_F(LongWork, WhatAsksRestsWhileTooMuchIsUnanswered) {
  may_ask = false;
  work.start_asking(says('a', 2));
  work.start(says('b', 2));
  run();
  EXPECT_EQ(order, "bb");
  may_ask = true;
  work.wake();
  run();
  EXPECT_EQ(order, "bbaa");
}

TEST_F(LongWork, ASliceMayStartOtherWork) {
  work.start([this] {
    work.start(says('b', 2));
    order += 'a';
    return false;
  });
  run();
  EXPECT_EQ(order, "bab");
}

} // namespace
} // namespace maestro
