// Rooms through their life: creation, pings, allocation, loss, replacement, restart.
#include "test/actors/node_fixture.hpp"

#include <map>
#include <set>

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct RoomsTest : NodeTest {};

TEST_F(RoomsTest, BecomeReadyByPing) {
  create("s", 1);
  auto id = rooms("s")[0].id;
  EXPECT_EQ(rooms("s")[0].status, room_status::unready);
  EXPECT_TRUE(ping(id, ping_status::ready));
  EXPECT_EQ(rooms("s")[0].status, room_status::ready);
  EXPECT_TRUE(ping(id, ping_status::occupied, 1));
  EXPECT_EQ(rooms("s")[0].status, room_status::occupied);
  EXPECT_EQ(rooms("s")[0].running_matches, 1);
}

TEST_F(RoomsTest, APingThatChangesNothingIsNotJournaled) {
  create("s", 1);
  auto id = rooms("s")[0].id;
  ping(id, ping_status::ready);
  auto before = disk->records_synced;
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(ping(id, ping_status::ready));
  EXPECT_EQ(disk->records_synced, before);
}

TEST_F(RoomsTest, APingOfAnUnknownRoomLeavesNothingBehind) {
  create("s", 1);
  auto before = disk->records_synced;
  EXPECT_FALSE(ping(room_id{"s-zzzzz"}, ping_status::ready));
  EXPECT_EQ(disk->records_synced, before);
}

TEST_F(RoomsTest, TerminatedAbsorbsLatePings) {
  create("s", 1);
  auto id = rooms("s")[0].id;
  EXPECT_TRUE(ping(id, ping_status::terminating));
  EXPECT_TRUE(ping(id, ping_status::terminated));
  EXPECT_FALSE(ping(id, ping_status::ready));
}

TEST_F(RoomsTest, AreAllocatedOnceEach) {
  create("s", 20);
  ping_all("s");
  std::set<room_id> given;
  for (int i = 0; i < 20; ++i) {
    auto room = order<allocated_room>(allocate_room{scheduler_name{"s"}});
    ASSERT_TRUE(room);
    EXPECT_FALSE(room->host.empty());
    EXPECT_EQ(room->ports.size(), 1u);
    given.insert(room->id);
  }
  EXPECT_EQ(given.size(), 20u);
  EXPECT_EQ(refusal(order<allocated_room>(allocate_room{scheduler_name{"s"}})).text,
            "no ready rooms available for scheduler s");
}

TEST_F(RoomsTest, ConcurrentAllocationsUnderAnyInterleavingNeverShareARoom) {
  create("s", 8);
  ping_all("s");
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 engine(seed);
    ping_all("s");
    pass(301s); // allocations of the former round run out
    ping_all("s");
    ASSERT_EQ(count("s", room_status::ready), 8u);
    std::set<room_id> given;
    int answers = 0;
    auto client = keep(sys.spawn([&given, &answers, this](caf::event_based_actor* me) -> caf::behavior {
      for (int i = 0; i < 12; ++i)
        me->request(directory, caf::infinite, allocate_room{scheduler_name{"s"}})
            .then(
                [&given, &answers](const allocated_room& room) {
                  ++answers;
                  EXPECT_TRUE(given.insert(room.id).second) << room.id.str() << " was given twice";
                },
                [&answers](const caf::error&) { ++answers; });
      return {[](int) {}};
    }));
    for (int i = 0; i < 20; ++i) {
      run_random(engine);
      coordinator().clock().advance_time(5ms);
    }
    run();
    EXPECT_EQ(answers, 12);
    EXPECT_EQ(given.size(), 8u);
  }
}

TEST_F(RoomsTest, ConcurrentAllocationsOfSlotsFillEveryPlaceAndNoneTwice) {
  auto shared = recipe("s", 3);
  shared.max_matches = 3;
  ASSERT_TRUE(order<scheduler>(create_scheduler{shared}));
  pass(1s);
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 engine(seed);
    ping_all("s");
    pass(301s); // slots of the former round run out
    ping_all("s");
    ASSERT_EQ(count("s", room_status::ready), 3u);
    std::map<room_id, int> given;
    int refused = 0;
    auto client = keep(sys.spawn([&given, &refused, this](caf::event_based_actor* me) -> caf::behavior {
      for (int i = 0; i < 12; ++i)
        me->request(directory, caf::infinite, allocate_room{scheduler_name{"s"}, {}, 1})
            .then([&given](const allocated_room& room) { ++given[room.id]; },
                  [&refused](const caf::error&) { ++refused; });
      return {[](int) {}};
    }));
    for (int i = 0; i < 20; ++i) {
      run_random(engine);
      coordinator().clock().advance_time(5ms);
    }
    run();
    EXPECT_EQ(refused, 3);
    ASSERT_EQ(given.size(), 3u);
    for (auto& [id, slots] : given)
      EXPECT_EQ(slots, 3) << id.str();
    for (auto& room : rooms("s"))
      EXPECT_EQ(room.held_slots, 3);
  }
}

TEST_F(RoomsTest, AnAllocationRunsOutWhenTheRoomGoesOnSayingReady) {
  create("s", 1);
  ping_all("s");
  auto room = order<allocated_room>(allocate_room{scheduler_name{"s"}});
  ASSERT_TRUE(room);
  for (int i = 0; i < 4; ++i) {
    pass(60s);
    ping_all("s");
  }
  EXPECT_EQ(count("s", room_status::allocated), 1u);
  pass(61s);
  ping_all("s");
  EXPECT_EQ(count("s", room_status::ready), 1u);
}

TEST_F(RoomsTest, ADeadRoomIsReplacedAtOnce) {
  create("s", 2);
  pass(30s);
  ping_all("s");
  auto victim = rooms("s")[0].id;
  world->kill(victim, {"exit code 3", true});
  pass(1s);
  auto all = rooms("s");
  EXPECT_EQ(all.size(), 3u) << "the dead one stays visible with its reason";
  for (auto& room : all)
    if (room.id == victim) {
      EXPECT_EQ(room.status, room_status::error);
      EXPECT_EQ(room.status_reason, "exit code 3");
    }
  for (int i = 0; i < 6; ++i) {
    pass(60s);
    ping_all("s");
  }
  EXPECT_EQ(rooms("s").size(), 2u) << "and is cleaned away when its ping timeout is over";
}

TEST_F(RoomsTest, RoomsThatDieAtOnceAreReplacedEverMoreSlowly) {
  auto doomed = simulated_host_config{};
  doomed.death_probability = 1;
  doomed.time_to_death = {100ms, 100ms};
  world->reconfigure(doomed);
  create("s", 1);
  pass(120s);
  EXPECT_LE(world->created_total(), 12u);
  EXPECT_GE(world->created_total(), 5u);
}

TEST_F(RoomsTest, ARoomThatNeverComesUpIsReplaced) {
  auto stuck = simulated_host_config{};
  stuck.never_ready_probability = 1;
  world->reconfigure(stuck);
  create("s", 1);
  auto first = rooms("s")[0].id;
  world->reconfigure({});
  pass(190s);
  auto all = rooms("s");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NE(all[0].id, first);
}

TEST_F(RoomsTest, ASilentRoomIsReplacedAndALoudOneIsNot) {
  create("s", 2);
  ping_all("s");
  auto all = rooms("s");
  auto loud = all[0].id;
  auto silent = all[1].id;
  for (int i = 0; i < 6; ++i) {
    pass(59s);
    ping(loud, ping_status::ready);
  }
  bool has_loud = false;
  for (auto& room : rooms("s")) {
    EXPECT_NE(room.id, silent);
    has_loud = has_loud || room.id == loud;
  }
  EXPECT_TRUE(has_loud);
}

TEST_F(RoomsTest, ARestartGivesEveryRoomOneFullPingTimeout) {
  create("s", 2);
  ping_all("s");
  pass(200s);
  auto before = rooms("s");
  restart();
  pass(200s); // 400 s without a ping, but only 200 of them with this node
  auto after = rooms("s");
  EXPECT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(after[i].id, before[i].id);
}

TEST_F(RoomsTest, ARestartKeepsEveryRoomAndItsState) {
  create("s", 3);
  ping_all("s");
  auto room = order<allocated_room>(allocate_room{scheduler_name{"s"}});
  auto before = rooms("s");
  restart();
  EXPECT_EQ(rooms("s"), before);
  EXPECT_EQ(world->created_total(), 3u);
}

TEST_F(RoomsTest, ARoomThatDiedWhileTheNodeWasAwayIsNotHandedOut) {
  create("s", 1);
  ping_all("s");
  auto id = rooms("s")[0].id;
  kill(directory);
  kill(host);
  world->kill(id, {"exit code 1", true});
  pass(5s);
  kill(journal);
  kill(events);
  start();
  auto room = order<allocated_room>(allocate_room{scheduler_name{"s"}});
  EXPECT_FALSE(room && room->id == id);
}

TEST_F(RoomsTest, ATakenPortIsDrawnAgain) {
  auto crowded = simulated_host_config{};
  crowded.port_conflict_probability = 0.5;
  world->reconfigure(crowded);
  create("s", 10);
  pass(5s);
  EXPECT_EQ(rooms("s").size(), 10u);
  EXPECT_EQ(world->size(), 10u);
}

TEST_F(RoomsTest, TwoSchedulersOnOneRangeNeverShareAPort) {
  auto narrow = recipe("a", 5);
  narrow.port_range = port_range{100, 109};
  ASSERT_TRUE(order<maestro::scheduler>(create_scheduler{narrow}));
  narrow.name = scheduler_name{"b"};
  ASSERT_TRUE(order<maestro::scheduler>(create_scheduler{narrow}));
  pass(20s);
  std::set<std::int32_t> ports;
  for (auto& one : world->instances())
    EXPECT_TRUE(ports.insert(one.ports[0].port).second);
  EXPECT_EQ(ports.size(), 10u);
}

TEST_F(RoomsTest, AnInstanceNobodyIntendedIsEnded) {
  create("s", 1);
  create_instance stray;
  stray.id = room_id{"s-stray"};
  stray.scheduler = scheduler_name{"s"};
  ASSERT_TRUE(world->create(stray, now()()));
  pass(70s);
  EXPECT_FALSE(world->find(stray.id));
  EXPECT_EQ(world->size(), 1u);
}

struct LostMachineTest : NodeTest {
  LostMachineTest() {
    hosts = std::make_shared<host_board>();
    restart();
    show_hosts(true);
    create("s", 4);
    ping_all("s");
  }

  void show_hosts(bool is_reached) {
    rules::placement_host own, other;
    own.node_id = "a";
    own.is_here = own.takes_rooms = true;
    other.node_id = "b";
    other.takes_rooms = is_reached;
    if (!is_reached)
      other.lost_at = context->clock().steady + lost_after;
    hosts->write({own, other});
  }

  std::int64_t rooms_on(const std::string& node_id) {
    auto all = rooms("s");
    return std::count_if(all.begin(), all.end(), [&](auto& room) { return room.placed_on == node_id; });
  }

  static constexpr auto lost_after = 15s;
};

TEST_F(LostMachineTest, ItsRoomsAreReplacedWhenItIsLostAndNotAtTheNextTick) {
  ASSERT_EQ(rooms_on("b"), 2);
  show_hosts(false);
  self->send(caf::actor_cast<local_directory_actor>(directory), host_lost{"b", "gone"});
  pass(lost_after - 1s);
  EXPECT_EQ(rooms_on("a"), 2) << "it may come back";
  pass(3s);
  EXPECT_EQ(rooms_on("a"), 4);
  EXPECT_EQ(rooms_on("b"), 2) << "they may live and be played in";
}

TEST_F(LostMachineTest, NothingIsReplacedOfOneThatComesBackInTime) {
  show_hosts(false);
  self->send(caf::actor_cast<local_directory_actor>(directory), host_lost{"b", "gone"});
  pass(lost_after - 1s);
  show_hosts(true);
  pass(10s);
  EXPECT_EQ(rooms_on("a"), 2);
}

TEST_F(LostMachineTest, WhenItIsBackTheRoomsThatAreTooManyGoAtOnce) {
  show_hosts(false);
  self->send(caf::actor_cast<local_directory_actor>(directory), host_lost{"b", "gone"});
  pass(lost_after + 20s);
  ASSERT_EQ(rooms("s").size(), 6u);
  ping_all("s");
  show_hosts(true);
  pass(10s);
  EXPECT_EQ(rooms("s").size(), 4u);
}

} // namespace
} // namespace maestro
