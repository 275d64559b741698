// The scheduler and its queue, seen through the directory.
#include "actors/metrics_reporter.hpp"
#include "test/actors/node_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct SchedulerTest : NodeTest {
  operation_page listed(operation_stage stage, const std::string& name = "s") {
    auto page = order<operation_page>(list_operations{scheduler_name{name}, stage, 1, 100, true});
    return page ? *page : operation_page{};
  }
  const operation* find(const operation_page& page, const std::string& definition) {
    for (auto& one : page.items)
      if (definition_name(one.definition) == definition)
        return &one;
    return nullptr;
  }
};

TEST_F(SchedulerTest, IsCreatedOnceAndComesIntoSync) {
  auto made = order<scheduler>(create_scheduler{recipe("s", 2)});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->state, scheduler_phase::creating);
  EXPECT_EQ(made->spec.version, "v1.0.0");
  auto again = order<scheduler>(create_scheduler{recipe("s", 2)});
  EXPECT_EQ(refusal(again).code, ec::already_exists);
  EXPECT_EQ(refusal(again).text, "error creating scheduler s: name already exists");
  pass(1s);
  EXPECT_EQ(order<scheduler>(get_scheduler{scheduler_name{"s"}, ""})->state, scheduler_phase::in_sync);
  EXPECT_EQ(order<scheduler>(get_scheduler{scheduler_name{"s"}, "v1.0.0"})->name.str(), "s");
  EXPECT_EQ(refusal(order<scheduler>(get_scheduler{scheduler_name{"s"}, "v9.0.0"})).text, "scheduler s not found");
  EXPECT_EQ(order<version_list>(list_versions{scheduler_name{"s"}})->items.size(), 1u);
}

TEST_F(SchedulerTest, ServesANewSchedulerAtOnce) {
  create("s", 3);
  EXPECT_EQ(rooms("s").size(), 3u) << "one second after its creation";
}

TEST_F(SchedulerTest, OneThatRestsSaysWhyItHasNoRoomsToo) {
  create("s", 0);
  pass(10s); // its peers have ended
  auto why = order<rooms_explanation>(explain_rooms{scheduler_name{"s"}});
  ASSERT_TRUE(why) << refusal(why).text;
  EXPECT_EQ(why->wanted, 0);
  EXPECT_EQ(why->version, "v1.0.0");
  EXPECT_EQ(why->next_look, never) << "nobody looks";
  auto more = order<rooms_explanation>(explain_rooms{scheduler_name{"s"}, plan_question::rooms, 3});
  ASSERT_TRUE(more);
  EXPECT_EQ(more->change.add, 3);
}

TEST_F(SchedulerTest, ListsSchedulersByExactFilters) {
  create("a", 0);
  create("b", 0);
  EXPECT_EQ(order<scheduler_list>(list_schedulers{"", "game", ""})->items.size(), 2u);
  EXPECT_EQ(order<scheduler_list>(list_schedulers{"b", "", "v1.0.0"})->items.size(), 1u);
  EXPECT_TRUE(order<scheduler_list>(list_schedulers{"b", "other", ""})->items.empty());
}

TEST_F(SchedulerTest, IsDeletedWithEverythingAndItsNameIsFree) {
  create("s", 3);
  auto id = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  ASSERT_TRUE(id);
  pass(3s);
  EXPECT_EQ(refusal(order<scheduler>(get_scheduler{scheduler_name{"s"}, ""})).code, ec::not_found);
  EXPECT_EQ(world->size(), 0u);
  auto left = listed(operation_stage::final);
  ASSERT_EQ(left.items.size(), 1u) << "exactly the deletion stays listed";
  EXPECT_EQ(left.items[0].id, *id);
  EXPECT_EQ(order<operation>(get_operation{scheduler_name{"s"}, *id})->status, operation_status::finished);
  create("s", 2);
  EXPECT_EQ(rooms("s").size(), 2u);
  EXPECT_EQ(order<scheduler>(get_scheduler{scheduler_name{"s"}, ""})->state, scheduler_phase::in_sync);
}

TEST_F(SchedulerTest, ASecondDeleteIsTheSameWish) {
  create("s", 3);
  auto slow = simulated_host_config{};
  slow.delete_delay = {5s, 5s};
  world->reconfigure(slow);
  auto first = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(500ms);
  auto second = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST_F(SchedulerTest, DeletingAnUnknownOneSaysSoInTheWordsOfTheWire) {
  EXPECT_EQ(refusal(order<operation_id>(delete_scheduler{scheduler_name{"x"}})).text,
            "no scheduler found, can not delete nonexistent scheduler: scheduler x not found");
}

TEST_F(SchedulerTest, CancelsAnOperationInProgressAndAnswersWhenItIsCanceled) {
  create("s", 2);
  auto slow = simulated_host_config{};
  slow.delete_delay = {1h, 1h};
  world->reconfigure(slow);
  auto id = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(1s);
  ASSERT_NE(find(listed(operation_stage::active), "delete_scheduler"), nullptr);
  EXPECT_TRUE(order<done>(cancel_operation{scheduler_name{"s"}, *id}));
  EXPECT_EQ(order<operation>(get_operation{scheduler_name{"s"}, *id})->status, operation_status::canceled);
  auto again = order<done>(cancel_operation{scheduler_name{"s"}, *id});
  EXPECT_EQ(refusal(again).code, ec::aborted);
  EXPECT_EQ(refusal(again).text, "cannot cancel operation since status \"canceled\" is a final status");
}

TEST_F(SchedulerTest, CancelsAPendingOperationBeforeItRuns) {
  create("s", 1);
  auto slow = simulated_host_config{};
  slow.delete_delay = {1h, 1h};
  world->reconfigure(slow);
  order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(65s); // the health controller's tick waits behind the deletion
  auto waiting = listed(operation_stage::pending);
  auto* tick = find(waiting, "health_controller");
  ASSERT_NE(tick, nullptr);
  EXPECT_TRUE(order<done>(cancel_operation{scheduler_name{"s"}, tick->id}));
  EXPECT_TRUE(listed(operation_stage::pending).items.empty());
  EXPECT_EQ(order<operation>(get_operation{scheduler_name{"s"}, tick->id})->status, operation_status::canceled);
}

TEST_F(SchedulerTest, CancelingTheUnknownNamesIt) {
  create("s", 0);
  EXPECT_EQ(refusal(order<done>(cancel_operation{scheduler_name{"s"}, operation_id{"x"}})).text,
            "operation x not found in scheduler s");
  EXPECT_EQ(refusal(order<done>(cancel_operation{scheduler_name{"t"}, operation_id{"x"}})).text,
            "scheduler t not found");
}

TEST_F(SchedulerTest, ShowsTheLeaseOfWhatRuns) {
  create("s", 1);
  auto slow = simulated_host_config{};
  slow.delete_delay = {1h, 1h};
  world->reconfigure(slow);
  order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(12s);
  auto active = listed(operation_stage::active);
  ASSERT_EQ(active.items.size(), 1u);
  auto ahead = active.items[0].lease_until - now()();
  EXPECT_GT(ahead, 0s);
  EXPECT_LE(ahead, 5s);
}

TEST_F(SchedulerTest, ALimitOfTheRecipeThatIsShorterThanTheIntervalHoldsAllTheSame) {
  auto hasty = recipe("s", 1);
  hasty.spec.health.emplace().timeouts.initialization = 4s;
  ASSERT_TRUE(order<scheduler>(create_scheduler{hasty}));
  ASSERT_TRUE(order<scheduler>(create_scheduler{recipe("patient", 1)}));
  pass(1s);
  auto first = rooms("s").at(0).id, other = rooms("patient").at(0).id;
  pass(9s); // nobody pings
  for (auto& room : rooms("s"))
    EXPECT_NE(room.id, first) << "4 s are over for long";
  EXPECT_EQ(rooms("patient").at(0).id, other);
}

TEST_F(SchedulerTest, ResumesAfterARestartWhatWasInProgress) {
  create("s", 3);
  auto slow = simulated_host_config{};
  slow.delete_delay = {10s, 10s};
  world->reconfigure(slow);
  auto id = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(1s);
  restart();
  pass(20s);
  auto final = order<operation>(get_operation{scheduler_name{"s"}, *id});
  ASSERT_TRUE(final);
  EXPECT_EQ(final->status, operation_status::finished);
  bool says_so = std::any_of(final->history.begin(), final->history.end(),
                             [](auto& line) { return line.event == "Resuming after a restart"; });
  EXPECT_TRUE(says_so);
  EXPECT_EQ(world->size(), 0u);
}

// The pool of the next life has never heard of the version; by the active one nobody would ask how the room is.
TEST_F(SchedulerTest, ATrialThatARestartInterruptsIsJudgedByTheVersionThatIsTried) {
  create("s", 1);
  auto slow = simulated_host_config{};
  slow.ready_delay = {5s, 5s};
  world->reconfigure(slow);
  auto next = recipe("s", 1);
  auto& how = next.spec.health.emplace();
  how.probe = "process";
  how.interval = 1s;
  auto id = order<operation_id>(new_scheduler_version{next});
  ASSERT_TRUE(id);
  pass(1s);
  ASSERT_EQ(rooms("s").size(), 2u);
  auto all = rooms("s");
  auto trial = std::find_if(all.begin(), all.end(), [](auto& room) { return room.validation; })->id;
  restart();
  pass(2s);
  EXPECT_EQ(rooms("s").size(), 2u) << "the room is there, and no other one is made";
  pass(8s);
  auto made = order<operation>(get_operation{scheduler_name{"s"}, *id});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, operation_status::finished);
  auto came_up = "1º Attempt: the game room " + trial.str() + " came up";
  EXPECT_TRUE(
      std::any_of(made->history.begin(), made->history.end(), [&](auto& line) { return line.event == came_up; }));
}

TEST_F(SchedulerTest, AnEndThatTheJournalRefusesIsReachedAgainWhenItTakesWrites) {
  create("s", 3);
  auto slow = simulated_host_config{};
  slow.delete_delay = {5s, 5s};
  world->reconfigure(slow);
  auto id = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  pass(1s);
  disk->refused_syncs = 6; // the rooms' ends, and then the operation's, several times
  pass(90s);
  EXPECT_EQ(disk->refused_syncs, 0u);
  auto final = order<operation>(get_operation{scheduler_name{"s"}, *id});
  ASSERT_TRUE(final);
  EXPECT_EQ(final->status, operation_status::finished);
  EXPECT_EQ(world->size(), 0u);
}

TEST_F(SchedulerTest, AJournalThatFailsMakesEveryWriteRefuseAndReadsGoOn) {
  create("s", 2);
  ping_all("s");
  disk->fail_next_sync = true;
  auto refused = order<scheduler>(create_scheduler{recipe("t", 1)});
  EXPECT_EQ(refusal(refused).code, ec::unavailable);
  EXPECT_EQ(refusal(order<operation_id>(delete_scheduler{scheduler_name{"s"}})).code, ec::unavailable);
  EXPECT_EQ(refusal(order<allocated_room>(allocate_room{scheduler_name{"s"}})).code, ec::unavailable);
  EXPECT_EQ(rooms("s").size(), 2u);
  EXPECT_TRUE(ping(rooms("s")[0].id, ping_status::ready)) << "a ping that changes nothing needs no journal";
  EXPECT_FALSE(ping(rooms("s")[0].id, ping_status::occupied, 1)) << "one that does is not pretended";
  EXPECT_EQ(refusal(order<scheduler>(get_scheduler{scheduler_name{"t"}, ""})).code, ec::not_found);
  restart();
  EXPECT_TRUE(order<operation_id>(delete_scheduler{scheduler_name{"s"}}));
}

// The runtime says it once; its whole list would say it again much later.
TEST_F(SchedulerTest, ADeathThatTheJournalDidNotTakeIsWrittenSoonAfterItTakesWritesAgain) {
  create("s", 2);
  ping_all("s");
  auto dead = rooms("s")[0].id;
  disk->fail_next_sync = true;
  disk->mends_after = std::chrono::seconds{2};
  EXPECT_EQ(refusal(order<scheduler>(create_scheduler{recipe("t", 1)})).code, ec::unavailable);
  world->kill(dead);
  pass(std::chrono::seconds{1});
  EXPECT_EQ(order<room_view>(get_room{scheduler_name{"s"}, dead})->room.status, room_status::ready);
  pass(std::chrono::seconds{5});
  EXPECT_EQ(order<room_view>(get_room{scheduler_name{"s"}, dead})->room.status, room_status::error);
}

TEST_F(SchedulerTest, AnUnreadableStreamBreaksItsSchedulerOnly) {
  create("good", 1);
  create("bad", 1);
  disk->streams["scheduler/bad"].records[0] = "\xff\xff\xff";
  disk->streams["scheduler/bad"].snapshot.clear();
  disk->streams["scheduler/bad"].snapshot_sequence = 0;
  restart();
  EXPECT_EQ(refusal(order<scheduler>(get_scheduler{scheduler_name{"bad"}, ""})).code, ec::internal);
  EXPECT_EQ(rooms("good").size(), 1u);
}

TEST_F(SchedulerTest, InfosComeInSlicesWithTheirCounts) {
  for (auto* name : {"a", "b", "c"})
    create(name, 2);
  ping_all("b");
  auto first = order<scheduler_info_list>(list_scheduler_infos{"", {}, 2});
  ASSERT_TRUE(first);
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].recipe.name.str(), "a");
  EXPECT_EQ(first->items[1].counts.of(room_status::ready), 2);
  auto rest = order<scheduler_info_list>(list_scheduler_infos{"", first->items[1].recipe.name, 2});
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].recipe.name.str(), "c");
  restart();
  pass(1s);
  auto again = order<scheduler_info_list>(list_scheduler_infos{"game", {}, 0});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->items.size(), 3u);
  EXPECT_EQ(again->items[1].counts.of(room_status::ready), 2) << "counted again from the journal";
}

TEST_F(SchedulerTest, TheMetricsReporterShowsAllAndForgetsWhoIsGone) {
  settings.metrics_interval = 1s;
  auto meter = std::make_shared<metrics>();
  keep(spawn_metrics_reporter(sys, directory, events, meter, settings));
  for (int i = 0; i < 205; ++i) // more than one slice
    ASSERT_TRUE(order<scheduler>(create_scheduler{recipe("s" + std::to_string(i), i == 204 ? 1 : 0)}));
  pass(3s);
  EXPECT_EQ(meter->schedulers().size(), 205u);
  EXPECT_NE(meter->render().find("maestro_worker_instance_ready{game=\"game\",scheduler=\"s204\"} 1\n"),
            std::string::npos);
  ASSERT_TRUE(order<operation_id>(delete_scheduler{scheduler_name{"s204"}}));
  pass(10s);
  EXPECT_EQ(meter->schedulers().size(), 204u);
}

TEST_F(SchedulerTest, ACancelIsAnsweredWheneverItMeetsTheEndOfAnOperationOrOfItsScheduler) {
  create("s", 2);
  auto earlier = find(listed(operation_stage::final), "create_scheduler")->id;
  auto deletion = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  ASSERT_TRUE(deletion);
  std::size_t asked = 0, answered = 0;
  auto client = keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    return {[&, me](done) {
      for (auto& id : {earlier, operation_id{"nope"}}) {
        ++asked;
        me->request(directory, caf::infinite, cancel_operation{scheduler_name{"s"}, id})
            .then([&](done) { ++answered; }, [&](const caf::error&) { ++answered; });
      }
    }};
  }));
  for (int i = 0; i < 300; ++i) { // a cancel between any two turns of any actor
    for (int turns = 0; turns < 40 && !coordinator().jobs.empty(); ++turns) {
      coordinator().run_once();
      if (turns % 3 == 0)
        self->send(client, done{});
    }
    advance(7ms);
  }
  pass(30s);
  EXPECT_FALSE(order<scheduler>(get_scheduler{scheduler_name{"s"}, ""})) << "it is gone";
  EXPECT_EQ(answered, asked);
}

TEST_F(SchedulerTest, ANewSchedulerHasItsRoomsAfterFourSyncs) {
  auto before = disk->batches_synced;
  ASSERT_TRUE(order<scheduler>(create_scheduler{recipe("s", 1)}));
  while (disk->streams["rooms/s"].records.empty())
    pass(20ms);
  EXPECT_EQ(disk->batches_synced - before, 4u) << "the fourth intends the room";
  pass(1s);
  EXPECT_EQ(rooms("s").size(), 1u);
}

struct BoundedTest : SchedulerTest {
  BoundedTest() {
    settings.schedulers_limit = 1;
    restart();
  }
};

TEST_F(BoundedTest, SchedulersOfANodeAreBounded) {
  create("a", 0);
  EXPECT_EQ(refusal(order<scheduler>(create_scheduler{recipe("b", 0)})).text,
            "this node may have 1 schedulers at most");
}

} // namespace
} // namespace maestro
