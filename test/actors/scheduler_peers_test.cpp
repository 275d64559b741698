// The actors that a scheduler owns, each alone among fakes, and what happens when one of them dies.
#include "actors/host_board.hpp"
#include "actors/metrics.hpp"
#include "actors/scheduler/execution_worker.hpp"
#include "actors/scheduler/health_controller.hpp"
#include "actors/scheduler/runtime_watcher.hpp"
#include "actors/scheduler/scheduler.hpp"
#include "nodes/journal/simulated_journal.hpp"
#include "test/actors/fake_peers.hpp"
#include "test/support/actor_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

struct PeersTest : ActorTest {
  PeersTest() {
    settings.add_batch_size = 10;
    auto made = std::make_shared<actor_context>();
    made->journal = keep(simulation::spawn_simulated_journal(sys, disk, random, now()));
    made->host = keep(spawn_fake_host(sys, host));
    made->events = keep(spawn_fake_events(sys, subscribers));
    made->clock = [clock = now()] { return clock_reading{clock(), never, clock().time_since_epoch()}; };
    made->settings = settings;
    made->meter = std::make_shared<metrics>();
    made->seed = 1;
    context = made;
    pool_actor = keep(spawn_fake_pool(sys, pool));
    told->recipe.name = scheduler_name{"s"};
    told->recipe.game = "game";
    told->recipe.state = scheduler_phase::in_sync;
  }

  /// The pool answers the oldest create_rooms that it kept.
  void release() {
    ASSERT_FALSE(pool->kept.empty());
    self->send(pool_actor, timer_fired{});
    run();
  }

  /// The journal answers a little later.
  void pass(caf::timespan time) { advance(time, 20ms); }

  actor_settings settings;
  std::mt19937_64 random{1};
  std::shared_ptr<simulation::simulated_disk> disk = std::make_shared<simulation::simulated_disk>();
  std::shared_ptr<fake_pool> pool = std::make_shared<fake_pool>();
  std::shared_ptr<fake_host> host = std::make_shared<fake_host>();
  std::shared_ptr<fake_scheduler> told = std::make_shared<fake_scheduler>();
  std::shared_ptr<fake_subscribers> subscribers = std::make_shared<fake_subscribers>();
  actor_context_ptr context;
  room_pool_actor pool_actor;
};

// -- EXECUTION WORKER ------------------------------------------------------------------------------------------

struct WorkerTest : PeersTest {
  WorkerTest() {
    scheduler_handle = keep(spawn_fake_scheduler(sys, told));
    auto health = keep(spawn_health_controller(sys, context, scheduler_handle, pool_actor));
    worker = keep(spawn_execution_worker(sys, context, scheduler_handle, pool_actor, health));
  }

  execute_operation order(operation_definition definition) const {
    execute_operation wish;
    wish.what.id = operation_id{"op"};
    wish.what.scheduler = scheduler_name{"s"};
    wish.what.definition = std::move(definition);
    wish.recipe = told->recipe;
    return wish;
  }

  scheduler_actor scheduler_handle;
  execution_worker_actor worker;
};

TEST_F(WorkerTest, DrivesAnOperationBatchByBatch) {
  auto outcome = ask<operation_outcome>(worker, order(add_rooms_operation{25}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, operation_status::finished);
  EXPECT_EQ(pool->asked, (std::vector<std::int64_t>{10, 20, 25}));
  EXPECT_EQ(outcome->history, texts{"added 25 rooms"});
}

TEST_F(WorkerTest, RunsOneOperationAtATime) {
  pool->is_slow = true;
  auto first = self->request(worker, caf::infinite, order(add_rooms_operation{5}));
  run();
  auto second = self->request(worker, caf::infinite, order(add_rooms_operation{6}));
  run();
  EXPECT_EQ(pool->asked, std::vector<std::int64_t>{5}) << "the second waits for its turn";
  auto third = ask<operation_outcome>(worker, order(add_rooms_operation{7}));
  ASSERT_FALSE(third);
  EXPECT_EQ(from_caf(third.error()).text, "the worker runs another operation");
  for (auto* asked : {&first, &second}) {
    release();
    run();
    asked->receive([](const operation_outcome& end) { EXPECT_EQ(end.status, operation_status::finished); },
                   [](const caf::error&) { FAIL(); });
  }
  EXPECT_EQ(pool->asked, (std::vector<std::int64_t>{5, 6}));
}

TEST_F(WorkerTest, TakesACancelOfWhatRunsOnly) {
  pool->is_slow = true;
  auto pending = self->request(worker, caf::infinite, order(add_rooms_operation{25}));
  run();
  self->send(worker, cancel_execution{operation_id{"another"}});
  run();
  release();
  run();
  ASSERT_EQ(pool->asked.size(), 2u) << "another's cancel is none of its business";
  self->send(worker, cancel_execution{operation_id{"op"}});
  run();
  release();
  run();
  EXPECT_EQ(pool->asked.size(), 2u);
  pending.receive([](const operation_outcome& end) { EXPECT_EQ(end.status, operation_status::canceled); },
                  [](const caf::error&) { FAIL(); });
}

TEST_F(WorkerTest, WaitsUntilNoRoomIsLeftAndTellsWhatItWaitsFor) {
  pool->left = {2, 2, 1};
  auto pending = self->request(worker, caf::infinite, order(delete_scheduler_operation{}));
  advance(500ms);
  EXPECT_EQ(told->progress,
            (texts{"waiting for instances to be deleted: 2 left", "waiting for instances to be deleted: 1 left"}));
  EXPECT_TRUE(host->asked.empty());
  advance(200ms);
  EXPECT_EQ(host->asked, texts{"remove_scheduler"});
  pending.receive([](const operation_outcome& end) { EXPECT_EQ(end.status, operation_status::finished); },
                  [](const caf::error&) { FAIL(); });
  EXPECT_EQ(pool->removals, std::vector<removal_cause>{removal_cause::scheduler_deleted});
}

TEST_F(WorkerTest, RollsBackWhatFailed) {
  host->refusal = {ec::unavailable, "no space left"};
  auto end = ask<operation_outcome>(worker, order(create_scheduler_operation{told->recipe}));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->status, operation_status::error);
  EXPECT_EQ(end->history, texts{"no space left"});
  EXPECT_EQ(host->asked, (texts{"prepare_scheduler", "remove_scheduler"}));
  EXPECT_EQ(end->rollback, rollback_result::failed);
  EXPECT_EQ(end->rollback_failure, "no space left") << "the host refuses that too";
  ASSERT_EQ(end->transitions.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<scheduler_deleted>(end->transitions[0]));
}

TEST_F(WorkerTest, DoesNotWaitForEverForTheRuntime) {
  host->is_slow = true;
  auto pending = self->request(worker, caf::infinite, order(create_scheduler_operation{told->recipe}));
  run();
  advance(settings.runtime_timeout + 1s, 1s);
  EXPECT_TRUE(self->mailbox().empty()) << "now it rolls back";
  advance(settings.runtime_timeout + 1s, 1s);
  ASSERT_FALSE(self->mailbox().empty());
  pending.receive(
      [](const operation_outcome& end) {
        EXPECT_EQ(end.status, operation_status::error);
        EXPECT_EQ(end.history, texts{"the runtime did not answer in time"});
        EXPECT_EQ(end.rollback, rollback_result::failed);
      },
      [](const caf::error&) { FAIL(); });
}

TEST_F(WorkerTest, TellsHowFarAnOperationCame) {
  ask<operation_outcome>(worker, order(add_rooms_operation{25}));
  EXPECT_EQ(told->steps, 2) << "after each batch that is followed by another";
}

// -- HEALTH CONTROLLER -----------------------------------------------------------------------------------------

struct HealthTest : PeersTest {
  HealthTest() {
    told->recipe.rooms_replicas = 2;
    scheduler_handle = keep(spawn_fake_scheduler(sys, told));
    health = keep(spawn_health_controller(sys, context, scheduler_handle, pool_actor));
    run();
  }

  void look() {
    self->send(health, look_now{});
    run();
    advance(10ms);
  }

  scheduler_actor scheduler_handle;
  health_controller_actor health;
};

TEST_F(HealthTest, ALookThatFindsNothingLeavesNoTrace) {
  pool->health.available = 2;
  look();
  advance(2min, 1s);
  EXPECT_GE(pool->health_asked, 3) << "it did look: at once and each minute";
  EXPECT_TRUE(told->enqueued.empty());
}

TEST_F(HealthTest, ALookThatMissesRoomsBecomesAnOperation) {
  pool->health.available = 1;
  look();
  EXPECT_EQ(told->enqueued, texts{"health_controller"});
  auto plan = ask<health_plan>(health, run_health_check{told->recipe});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->follow_ups.size(), 1u);
  EXPECT_EQ(std::get<add_rooms_operation>(plan->follow_ups[0].definition).amount, 1);
}

TEST_F(HealthTest, LooksAgainAtOnceWhenMoreHaveExpiredThanOneOperationEnds) {
  pool->health.available = pool->health.rooms_terminated = 2;
  pool->health.expired = {room_id{"a"}, room_id{"b"}};
  pool->health.has_more_expired = true;
  auto asked = [this] { return pool->health_asked; };
  look();
  EXPECT_EQ(asked(), 1) << "a look that became an operation waits for it";
  auto plan = ask<health_plan>(health, run_health_check{told->recipe});
  ASSERT_EQ(plan->follow_ups.size(), 1u);
  EXPECT_EQ(std::get<remove_rooms_operation>(plan->follow_ups[0].definition).rooms_ids.size(), 2u);
  advance(10ms);
  EXPECT_EQ(asked(), 3);
  EXPECT_EQ(told->enqueued, (texts{"health_controller", "health_controller"}));
}

TEST_F(HealthTest, LooksOfTheSameMomentAreOne) {
  for (int i = 0; i < 10; ++i)
    self->send(health, look_now{});
  run();
  advance(10ms);
  EXPECT_EQ(pool->health_asked, 1);
}

TEST_F(HealthTest, WaitsWithTheReplacementOfRoomsThatDieAtOnce) {
  ASSERT_TRUE(pool->losses_to);
  pool->health.available = 1;
  self->send(pool->losses_to, room_lost{room_id{"b"}, now()(), false});
  advance(900ms);
  EXPECT_TRUE(told->enqueued.empty());
  advance(200ms);
  EXPECT_EQ(told->enqueued, texts{"health_controller"}) << "the back-off of a second is over";
}

// What the API shows: said at the loss, not at the next look, and taken back by the look that finds all well.
TEST_F(HealthTest, SaysWhyRoomsDieAndWhenItTriesAgain) {
  told->recipe.rooms_replicas = 1;
  look();
  EXPECT_EQ(pool->condition, (scheduler_condition{"", 0, never, 1}));
  self->send(pool->losses_to, room_lost{room_id{"b"}, now()(), false, "exit code 3"});
  run();
  EXPECT_EQ(pool->condition.reason, "rooms end early: exit code 3");
  EXPECT_EQ(pool->condition.failures, 1);
  EXPECT_EQ(pool->condition.next_try, now()() + 1s);
  pool->health.available = pool->health.up = 1;
  advance(1100ms);
  EXPECT_EQ(pool->condition, (scheduler_condition{"", 0, never, 1}));
}

// -- when a peer dies ------------------------------------------------------------------------------------------

struct OwnerTest : PeersTest {
  explicit OwnerTest(std::int32_t replicas = 25) {
    directory = keep(sys.spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](const scheduler_changed&) {}, [](const scheduler_gone&) {}};
    }));
    owner = keep(spawn_scheduler(sys, context, scheduler_name{"s"}, pool_actor,
                                 caf::actor_cast<local_directory_actor>(directory), false));
    told->recipe.rooms_replicas = replicas;
    auto made = order<scheduler>(create_scheduler{told->recipe});
    EXPECT_TRUE(made);
  }

  template <class Answer, class Request>
  caf::expected<Answer> order(Request request) {
    caf::expected<Answer> answer{caf::make_error(caf::sec::request_timeout)};
    auto pending = self->request(owner, caf::infinite, std::move(request));
    for (int i = 0; i < 20 && self->mailbox().empty(); ++i)
      pass(20ms);
    if (self->mailbox().empty())
      return answer;
    pending.receive([&](Answer& value) { answer = std::move(value); },
                    [&](caf::error& why) { answer = std::move(why); });
    return answer;
  }

  std::string status_of(const operation_id& id) {
    auto found = order<operation>(get_operation{scheduler_name{"s"}, id});
    return found ? to_string(found->status) : from_caf(found.error()).text;
  }

  caf::actor directory;
  scheduler_actor owner;
};

TEST_F(OwnerTest, AnOperationOfADeadWorkerGoesOnWithTheNext) {
  pass(1s);
  pool->is_slow = true;
  pool->asked.clear();
  auto id = order<operation_id>(enqueue_operation{add_rooms_operation{15}, false, false});
  ASSERT_TRUE(id);
  pass(200ms);
  ASSERT_EQ(status_of(*id), "in_progress");
  auto worker = pool->asked_by;
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  pool->is_slow = false;
  pass(2s);
  EXPECT_EQ(status_of(*id), "finished");
  auto final = order<operation>(get_operation{scheduler_name{"s"}, *id});
  ASSERT_TRUE(final);
  bool resumed = std::any_of(final->history.begin(), final->history.end(),
                             [](auto& line) { return line.event.starts_with("Resuming"); });
  EXPECT_TRUE(resumed);
  EXPECT_NE(pool->asked_by, worker);
}

TEST_F(OwnerTest, ACancelThatComesWhileTheWorkerIsDeadIsNotLost) {
  pass(1s);
  pool->is_slow = true;
  auto id = order<operation_id>(enqueue_operation{add_rooms_operation{15}, false, false});
  ASSERT_TRUE(id);
  pass(200ms);
  caf::anon_send_exit(pool->asked_by, caf::exit_reason::kill);
  run();
  auto pending = self->request(owner, caf::infinite, cancel_operation{scheduler_name{"s"}, *id});
  pool->kept.clear();
  pass(1500ms);
  ASSERT_FALSE(pool->kept.empty());
  release();
  pass(200ms);
  pending.receive([](done) {}, [](const caf::error& why) { FAIL() << from_caf(why).text; });
  EXPECT_EQ(status_of(*id), "canceled");
}

TEST_F(OwnerTest, ADeadHealthControllerIsReplacedAndLooksAtOnce) {
  pass(1s);
  ASSERT_TRUE(pool->losses_to);
  auto dead = pool->losses_to;
  auto before = pool->health_asked;
  caf::anon_send_exit(dead, caf::exit_reason::kill);
  pass(2s);
  EXPECT_NE(pool->losses_to, dead);
  EXPECT_GT(pool->health_asked, before);
}

TEST_F(OwnerTest, ARefusedEndAnswersThoseWhoWaitForACancel) {
  pass(1s);
  pool->is_slow = true;
  auto id = order<operation_id>(enqueue_operation{add_rooms_operation{15}, false, false});
  ASSERT_TRUE(id);
  pass(200ms);
  auto pending = self->request(owner, caf::infinite, cancel_operation{scheduler_name{"s"}, *id});
  run();
  disk->fail_next_sync = true;
  release();
  pass(200ms);
  ASSERT_FALSE(self->mailbox().empty()) << "whoever waits for the cancel is answered";
  pending.receive([](done) { FAIL() << "nothing is durable"; },
                  [](const caf::error& why) { EXPECT_EQ(from_caf(why).code, ec::unavailable); });
  auto again = order<done>(cancel_operation{scheduler_name{"s"}, *id});
  ASSERT_FALSE(again);
  EXPECT_EQ(from_caf(again.error()).code, ec::unavailable);
}

TEST_F(OwnerTest, AnIdleSchedulerWritesNothing) {
  pass(1s);
  pool->health.available = 25;
  advance(2min, 1s); // the looks that found rooms missing have become operations, and these have ended
  auto before = disk->records_synced;
  advance(3h, 10s);
  EXPECT_EQ(disk->records_synced, before);
}

TEST_F(OwnerTest, CommandsThatWaitForTheJournalAreBounded) {
  settings.operations_queue_limit = 3;
  auto bounded = std::make_shared<actor_context>(*context);
  bounded->settings = settings;
  auto small = keep(spawn_scheduler(sys, bounded, scheduler_name{"t"}, pool_actor,
                                    caf::actor_cast<local_directory_actor>(directory), false));
  told->recipe.name = scheduler_name{"t"};
  self->request(small, caf::infinite, create_scheduler{told->recipe});
  run();
  for (int i = 0; i < 3; ++i) {
    auto waits = ask<operation_id>(small, enqueue_operation{add_rooms_operation{1}, false, false});
    EXPECT_EQ(waits.error(), caf::sec::request_timeout) << "the journal has not answered yet";
  }
  auto refused = ask<operation_id>(small, enqueue_operation{add_rooms_operation{1}, false, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(from_caf(refused.error()).text, "scheduler t has 3 commands waiting, the limit is 3");
  pass(1s);
  EXPECT_EQ(self->mailbox().count(), 4u) << "the creation and the three that waited were answered";
}

// -- a scheduler at rest ---------------------------------------------------------------------------------------

struct RestingOwnerTest : OwnerTest {
  RestingOwnerTest() : OwnerTest(0) { pass(3s); }

  template <class Handle>
  bool lives(const Handle& handle) {
    if (!handle)
      return false;
    self->monitor(handle); // of a dead one the word comes at once
    if (self->mailbox().empty()) {
      self->demonitor(handle.address());
      return true;
    }
    self->receive([](const caf::down_msg&) {});
    return false;
  }
  bool has_peers() { return lives(subscribers->back()) || lives(pool->losses_to); }
};

TEST_F(RestingOwnerTest, HasNoPeersUntilThereIsWork) {
  ASSERT_EQ(subscribers->size(), 1u);
  EXPECT_FALSE(has_peers());
  EXPECT_FALSE(pool->losses_to) << "of the health controller nobody keeps anything";
  auto id = order<operation_id>(enqueue_operation{add_rooms_operation{5}, false, false});
  ASSERT_TRUE(id);
  pass(200ms);
  EXPECT_EQ(status_of(*id), "finished");
  ASSERT_EQ(subscribers->size(), 2u);
  EXPECT_TRUE(lives(subscribers->back()));
  EXPECT_TRUE(lives(pool->losses_to));
}

TEST_F(RestingOwnerTest, KeepsItsPeersUntilTheRuntimeMustBeDoneWithWhatWasAsked) {
  ASSERT_TRUE(order<operation_id>(enqueue_operation{add_rooms_operation{5}, false, false}));
  advance(settings.runtime_timeout - 1s, 100ms);
  EXPECT_TRUE(has_peers());
  advance(2s, 100ms);
  EXPECT_FALSE(has_peers());
}

TEST_F(RestingOwnerTest, KeepsItsPeersWhileThereAreRoomsOrInstances) {
  ASSERT_TRUE(order<operation_id>(enqueue_operation{add_rooms_operation{5}, false, false}));
  pool->left = {1};
  advance(settings.runtime_timeout + 1s, 100ms);
  EXPECT_TRUE(has_peers()) << "the pool has a room";
  host->instances.emplace_back().id = room_id{"late"};
  advance(settings.reconcile_interval, 100ms);
  EXPECT_TRUE(has_peers()) << "the runtime has an instance that nobody knows";
  host->instances.clear();
  advance(settings.reconcile_interval, 100ms);
  EXPECT_FALSE(has_peers());
}

TEST_F(RestingOwnerTest, AnOperationThatTakesLongKeepsItsPeers) {
  pool->is_slow = true;
  ASSERT_TRUE(order<operation_id>(enqueue_operation{add_rooms_operation{5}, false, false}));
  advance(10min, 1s);
  EXPECT_TRUE(has_peers());
  release();
  advance(10min, 1s);
  EXPECT_FALSE(has_peers());
}

TEST_F(RestingOwnerTest, WhoeverWaitsWhenItEndsIsAnswered) {
  pool->is_slow = true;
  auto id = order<operation_id>(enqueue_operation{add_rooms_operation{5}, false, false});
  ASSERT_TRUE(id);
  pass(100ms);
  self->request(owner, caf::infinite, cancel_operation{scheduler_name{"s"}, *id});
  self->request(owner, caf::infinite, cancel_operation{scheduler_name{"s"}, operation_id{"long ago"}});
  self->request(owner, caf::infinite, enqueue_operation{add_rooms_operation{5}, false, false});
  self->request(owner, caf::infinite, delete_scheduler{scheduler_name{"s"}}); // behind the one before
  run();
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(self->mailbox().count(), 3u) << "all but the one whose write is on its way";
}

// -- RUNTIME WATCHER -------------------------------------------------------------------------------------------

TEST_F(PeersTest, TheWatcherBringsTheRuntimesListAgainAndAgain) {
  keep(spawn_runtime_watcher(sys, context, scheduler_name{"s"}, pool_actor));
  advance(10ms);
  EXPECT_EQ(pool->reviews, 1);
  advance(90s, 1s);
  EXPECT_EQ(pool->reviews, 4);
}

TEST_F(PeersTest, TheWatcherLooksAgainSoonAfterAMachineIsBackOrGivenUpForGood) {
  auto several = std::make_shared<actor_context>(*context);
  several->hosts = std::make_shared<host_board>();
  auto show = [&](duration lost_at) {
    rules::placement_host other;
    other.node_id = "b";
    other.lost_at = lost_at;
    several->hosts->write({other});
  };
  show(context->clock().steady + 15s);
  keep(spawn_runtime_watcher(sys, several, scheduler_name{"s"}, pool_actor));
  advance(20s, 1s);
  EXPECT_EQ(pool->reviews, 1) << "it is still out of sight";
  show(duration::max());
  advance(5s, 1s);
  EXPECT_EQ(pool->reviews, 3) << "it is back: what two lists show counts";
  advance(20s, 1s);
  EXPECT_EQ(pool->reviews, 3);
  show(context->clock().steady);
  advance(10s, 1s);
  EXPECT_EQ(pool->reviews, 5) << "it is out of sight again";
  several->hosts->write({});
  advance(5s, 1s);
  EXPECT_EQ(pool->reviews, 7) << "there is no such machine any more";
}

TEST_F(PeersTest, TheWatcherBringsALongListPageByPage) {
  settings.instances_per_page = 3;
  auto narrow = std::make_shared<actor_context>(*context);
  narrow->settings = settings;
  for (auto* id : {"a", "b", "c", "d", "e", "f", "g"}) {
    host->instances.emplace_back();
    host->instances.back().id = room_id{id};
  }
  keep(spawn_runtime_watcher(sys, narrow, scheduler_name{"s"}, pool_actor));
  advance(100ms);
  ASSERT_EQ(pool->pages.size(), 3u);
  EXPECT_EQ(pool->pages[0].items.size(), 3u);
  EXPECT_FALSE(pool->pages[1].is_last);
  EXPECT_EQ(pool->pages[2].items.front().id, room_id{"g"});
  EXPECT_TRUE(pool->pages[2].is_last);
  EXPECT_EQ(pool->reviews, 1);
}

TEST_F(OwnerTest, ADeadWatcherIsReplaced) {
  pass(1s);
  ASSERT_EQ(subscribers->size(), 1u);
  auto before = pool->reviews;
  kill(subscribers->front());
  pass(2s);
  ASSERT_EQ(subscribers->size(), 2u) << "the next one subscribes";
  EXPECT_EQ(pool->reviews, before + 1) << "and brings what the pool has missed";
}

} // namespace
} // namespace maestro
