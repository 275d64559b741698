#include "runtime/simulated/simulated_host.hpp"

#include "runtime/runtime_events.hpp"
#include "test/support/actor_fixture.hpp"

#include <set>

namespace maestro {

using namespace std::chrono_literals;

namespace {

using event_list = std::vector<instance_event>;

instance_subscriber_actor spawn_recorder(caf::actor_system& system, std::shared_ptr<event_list> log) {
  return system.spawn([log](instance_subscriber_actor::pointer) -> instance_subscriber_actor::behavior_type {
    return {[log](const instance_event& event) { log->push_back(event); }};
  });
}

std::string line(const instance_event& event) {
  return to_string(event.type) + " " + event.what.id.str() + " " + to_string(event.what.status) + " " +
         event.what.description + (event.what.exited ? " exited" : "");
}

create_instance make_room(const std::string& id, std::vector<host_port> ports = {},
                          const std::string& scheduler = "arena") {
  create_instance wish;
  wish.id = room_id{id};
  wish.scheduler = scheduler_name{scheduler};
  wish.version = "v1.0.0";
  wish.ports = std::move(ports);
  return wish;
}

delete_instance make_removal(const std::string& id) {
  return {room_id{id}, scheduler_name{"arena"}, "scale_down", 1s};
}

} // namespace

class SimulatedHostTest : public ActorTest {
public:
  void begin(std::uint64_t seed = 1) {
    world = std::make_shared<simulated_world>(settings, seed);
    events = keep(spawn_runtime_events(sys));
    recorder = keep(spawn_recorder(sys, log));
    ASSERT_EQ(ask_unit(events, subscribe_instances{{}, recorder}), caf::none);
    host = keep(spawn_simulated_host(sys, world, events, now()));
    run();
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (auto& event : *log)
      all.push_back(line(event));
    return all;
  }
  ec code(const caf::error& why) { return from_caf(why).code; }

  simulated_host_config settings;
  std::shared_ptr<simulated_world> world;
  std::shared_ptr<event_list> log = std::make_shared<event_list>();
  runtime_events_actor events;
  instance_subscriber_actor recorder;
  room_host_actor host;
};

TEST_F(SimulatedHostTest, WhatDiesIsStartedAgainWhereTheRecipeSaysSo) {
  settings.pending_delay = settings.ready_delay = {10ms, 10ms};
  settings.restart_delay = {1s, 1s};
  begin();
  auto wish = make_room("arena-a");
  wish.restart_policy = "OnFailure";
  EXPECT_EQ(ask_unit(host, wish), caf::none);
  advance(50ms);
  EXPECT_TRUE(world->kill(room_id{"arena-a"}, {"exit code 3", true}));
  advance(10ms);
  EXPECT_EQ(lines().back(), "updated arena-a error CrashLoopBackOff: exit code 3");
  advance(1s);
  advance(10ms);
  EXPECT_EQ(lines().back(), "updated arena-a ready ");
  EXPECT_TRUE(world->kill(room_id{"arena-a"}, {"Completed", false}));
  advance(10ms);
  EXPECT_EQ(lines().back(), "updated arena-a terminating Completed exited") << "that is no failure";
}

TEST_F(SimulatedHostTest, AHostThatLiesSaysNoAndDoesAndSaysYesAndDoesNot) {
  settings.unsaid_creation_probability = settings.unkept_removal_probability =
      settings.missed_in_list_probability = 1;
  begin();
  EXPECT_EQ(code(ask_unit(host, make_room("arena-a"))), ec::unavailable);
  EXPECT_EQ(world->size(), 1u);
  EXPECT_EQ(ask_unit(host, make_removal("arena-a")), caf::none);
  advance(10s);
  EXPECT_EQ(world->size(), 1u);
  list_instances wish{scheduler_name{"arena"}, {}, 0};
  EXPECT_EQ(world->page(wish).items.size(), 1u) << "the first list is whole";
  EXPECT_EQ(world->page(wish).items.size(), 0u) << "missed once";
  EXPECT_EQ(world->page(wish).items.size(), 1u);
  world->run_out_of_descriptors(now()() + 5s);
  EXPECT_EQ(code(ask_unit(host, make_removal("arena-a"))), ec::resource_exhausted);
  EXPECT_EQ(code(ask_unit(host, make_room("arena-b"))), ec::resource_exhausted);
}

TEST_F(SimulatedHostTest, RoomLivesFromCreateToDelete) {
  settings.pending_delay = {20ms, 20ms};
  settings.ready_delay = {100ms, 100ms};
  settings.delete_delay = {50ms, 50ms};
  begin();
  EXPECT_EQ(ask_unit(host, make_room("arena-a")), caf::none);
  EXPECT_TRUE(log->empty());
  advance(30ms);
  EXPECT_EQ(lines(), std::vector<std::string>{"added arena-a pending "});
  advance(90ms);
  EXPECT_EQ(lines().back(), "updated arena-a ready ");
  EXPECT_EQ(log->back().what.host, "127.0.0.1");
  EXPECT_EQ(ask_unit(host, make_room("arena-a")), caf::none) << "idempotent";
  EXPECT_EQ(world->created_total(), 1U);
  EXPECT_EQ(ask_unit(host, make_removal("arena-a")), caf::none);
  EXPECT_EQ(lines().back(), "updated arena-a terminating scale_down");
  EXPECT_EQ(world->size(), 1U);
  advance(60ms);
  EXPECT_EQ(lines().back(), "deleted arena-a terminating scale_down exited");
  EXPECT_EQ(world->size(), 0U);
  EXPECT_EQ(log->size(), 4U);
  EXPECT_EQ(code(ask_unit(host, make_removal("arena-a"))), ec::not_found);
}

TEST_F(SimulatedHostTest, PortsAreLeasedUntilTheInstanceExits) {
  begin();
  EXPECT_EQ(ask_unit(host, make_room("arena-a", {{"game", "udp", 7001}})), caf::none);
  auto taken = ask_unit(host, make_room("arena-b", {{"play", "udp", 7001}}));
  EXPECT_EQ(code(taken), ec::port_in_use);
  EXPECT_EQ(from_caf(taken).text, "host port 7001/udp (\"play\") is leased to room arena-a");
  EXPECT_EQ(ask_unit(host, make_room("arena-c", {{"play", "tcp", 7001}})), caf::none);
  EXPECT_TRUE(world->kill(room_id{"arena-a"}));
  run();
  EXPECT_EQ(lines().back(), "updated arena-a error exit code 1 exited");
  EXPECT_EQ(ask_unit(host, make_room("arena-b", {{"play", "udp", 7001}})), caf::none);
}

TEST_F(SimulatedHostTest, KilledInstanceIsACorpseUntilItIsDeleted) {
  begin();
  EXPECT_EQ(ask_unit(host, make_room("arena-a")), caf::none);
  advance(100ms);
  EXPECT_TRUE(world->kill(room_id{"arena-a"}, {"Completed", false}));
  run();
  EXPECT_EQ(lines().back(), "updated arena-a terminating Completed exited");
  EXPECT_FALSE(world->kill(room_id{"arena-a"}));
  EXPECT_FALSE(world->kill(room_id{"arena-x"}));
  EXPECT_EQ(ask<instance_list>(host, list_instances{})->items.size(), 1U);
  EXPECT_EQ(ask_unit(host, make_removal("arena-a")), caf::none);
  EXPECT_EQ(lines().back(), "deleted arena-a terminating Completed exited") << "at once";
}

TEST_F(SimulatedHostTest, ChancesMakeRoomsFail) {
  settings.create_failure_probability = 1;
  begin();
  EXPECT_EQ(code(ask_unit(host, make_room("arena-a"))), ec::unavailable);
  settings.create_failure_probability = 0;
  settings.port_conflict_probability = 1;
  world->reconfigure(settings);
  EXPECT_EQ(code(ask_unit(host, make_room("arena-a", {{"game", "udp", 7001}}))), ec::port_in_use);
  settings.port_conflict_probability = 0;
  settings.never_ready_probability = 1;
  world->reconfigure(settings);
  EXPECT_EQ(ask_unit(host, make_room("arena-a")), caf::none);
  advance(10s, 1s);
  EXPECT_EQ(lines(), std::vector<std::string>{"added arena-a pending "});
  settings.never_ready_probability = 0;
  settings.death_probability = 1;
  settings.time_to_death = {5s, 5s};
  settings.exits = {{"exit code 3", true}};
  world->reconfigure(settings);
  EXPECT_EQ(ask_unit(host, make_room("arena-b")), caf::none);
  advance(4s, 1s);
  EXPECT_EQ(lines().back(), "updated arena-b ready ");
  advance(2s, 1s);
  EXPECT_EQ(lines().back(), "updated arena-b error exit code 3 exited");
  settings.max_instances = 2;
  world->reconfigure(settings);
  EXPECT_EQ(code(ask_unit(host, make_room("arena-c"))), ec::resource_exhausted);
}

TEST_F(SimulatedHostTest, NextHostFindsTheSameInstances) {
  settings.ready_delay = {100ms, 100ms};
  settings.delete_delay = {1s, 1s};
  begin();
  for (auto* id : {"arena-a", "arena-b", "arena-c"})
    EXPECT_EQ(ask_unit(host, make_room(id)), caf::none);
  advance(110ms);
  EXPECT_EQ(ask_unit(host, make_room("arena-d")), caf::none);
  EXPECT_EQ(ask_unit(host, make_removal("arena-c")), caf::none);
  kill(host);
  log->clear();
  EXPECT_TRUE(world->kill(room_id{"arena-b"})) << "while nobody watches";
  advance(2s);
  EXPECT_TRUE(log->empty());
  host = keep(spawn_simulated_host(sys, world, events, now()));
  run();
  EXPECT_EQ(lines(),
            (std::vector<std::string>{"deleted arena-c terminating scale_down exited", "added arena-a ready ",
                                      "added arena-b error exit code 1 exited", "added arena-d ready "}));
  EXPECT_EQ(ask<instance_list>(host, list_instances{scheduler_name{"arena"}})->items.size(), 3U);
  EXPECT_EQ(ask_unit(host, make_removal("arena-a")), caf::none);
  advance(2s, 100ms);
  EXPECT_EQ(lines().back(), "deleted arena-a terminating scale_down exited")
      << "the new host has timers of its own";
}

TEST_F(SimulatedHostTest, RemovedSchedulerLosesItsRoomsOnly) {
  begin();
  EXPECT_EQ(ask_unit(host, make_room("arena-a")), caf::none);
  EXPECT_EQ(ask_unit(host, make_room("other-a", {}, "other")), caf::none);
  advance(100ms);
  EXPECT_EQ(ask_unit(host, remove_scheduler{scheduler_name{"arena"}}), caf::none);
  advance(100ms);
  EXPECT_EQ(world->size(), 1U);
  EXPECT_TRUE(world->find(room_id{"other-a"}));
}

class SimulatedRun : public ActorTest {
public:
  std::vector<std::string> live(std::uint64_t seed) {
    auto log = std::make_shared<event_list>();
    simulated_host_config settings;
    settings.pending_delay = {0ms, 30ms};
    settings.create_failure_probability = 0.1;
    settings.death_probability = 0.5;
    settings.time_to_death = {10ms, 2s};
    auto world = std::make_shared<simulated_world>(settings, seed);
    auto events = keep(spawn_runtime_events(sys));
    auto recorder = keep(spawn_recorder(sys, log));
    EXPECT_EQ(ask_unit(events, subscribe_instances{{}, recorder}), caf::none);
    auto host = keep(spawn_simulated_host(sys, world, events, now()));
    for (int i = 0; i < 200; ++i) {
      self->send(host, make_room("arena-" + std::to_string(i)));
      if (i % 3 == 0)
        self->send(host, make_removal("arena-" + std::to_string(i / 2)));
      advance(20ms, 5ms);
    }
    std::vector<std::string> lines;
    for (auto& event : *log)
      lines.push_back(line(event));
    return lines;
  }
};

TEST_F(SimulatedRun, EqualSeedsLiveEqualLives) {
  auto first = live(7);
  EXPECT_GT(first.size(), 400U);
  EXPECT_EQ(first, live(7));
  EXPECT_NE(first, live(8));
}

TEST_F(SimulatedHostTest, TenThousandRoomsAreReadyAtOnce) {
  begin();
  for (int i = 0; i < 10'000; ++i)
    caf::anon_send(host, make_room("arena-" + std::to_string(i), {{"game", "udp", 10'000 + i}}));
  run();
  advance(60ms);
  EXPECT_EQ(log->size(), 20'000U);
  EXPECT_EQ(log->back().what.status, instance_status::ready);
}

class RuntimeEventsTest : public ActorTest {
public:
  struct listener {
    std::shared_ptr<event_list> log = std::make_shared<event_list>();
    instance_subscriber_actor actor;
  };
  listener listen(const std::string& scheduler) {
    listener it;
    it.actor = keep(spawn_recorder(sys, it.log));
    EXPECT_EQ(ask_unit(events, subscribe_instances{scheduler_name{scheduler}, it.actor}), caf::none);
    return it;
  }
  void publish(const std::string& scheduler) {
    instance_event event;
    event.what.scheduler = scheduler_name{scheduler};
    self->send(events, event);
    run();
  }
  runtime_events_actor events = keep(spawn_runtime_events(sys));
};

TEST_F(RuntimeEventsTest, EventsReachTheirSchedulersAndAllsSubscribers) {
  auto arena = listen("arena");
  auto other = listen("other");
  auto all = listen("");
  publish("arena");
  publish("arena");
  publish("third");
  EXPECT_EQ(arena.log->size(), 2U);
  EXPECT_EQ(other.log->size(), 0U);
  EXPECT_EQ(all.log->size(), 3U);
}

TEST_F(RuntimeEventsTest, RepeatedSubscriptionReplacesTheFormer) {
  auto arena = listen("arena");
  EXPECT_EQ(ask_unit(events, subscribe_instances{scheduler_name{"arena"}, arena.actor}), caf::none);
  publish("arena");
  EXPECT_EQ(arena.log->size(), 1U);
  EXPECT_EQ(ask_unit(events, subscribe_instances{scheduler_name{"other"}, arena.actor}), caf::none);
  publish("arena");
  EXPECT_EQ(arena.log->size(), 1U);
  publish("other");
  EXPECT_EQ(arena.log->size(), 2U);
}

TEST_F(RuntimeEventsTest, EndedSubscriberIsForgotten) {
  auto arena = listen("arena");
  auto also = listen("arena");
  kill(arena.actor);
  publish("arena");
  EXPECT_EQ(arena.log->size(), 0U);
  EXPECT_EQ(also.log->size(), 1U);
  auto nobody = ask_unit(events, subscribe_instances{});
  EXPECT_EQ(from_caf(nobody).code, ec::invalid_argument);
}

} // namespace maestro
