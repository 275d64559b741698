// Rooms and the versions they run, and reviews that are cut into slices while the world goes on.
#include "actors/rules/instance_review.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_removal.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "actors/rules/scheduler_table.hpp"
#include "test/rules/pool_world.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

scheduler version(const std::string& number, duration grace) {
  scheduler one;
  one.name = scheduler_name{"arena"};
  one.spec.version = number;
  one.spec.termination_grace_period = grace;
  container server;
  server.image = "image-" + number;
  one.spec.containers = {server};
  return one;
}

room_record room_of(const std::string& number) {
  room_record room;
  room.id = room_id{"arena-" + number};
  room.version = number;
  return room;
}

TEST(KnownVersions, AreTheActiveOneAndThoseInUse) {
  known_versions versions;
  EXPECT_EQ(versions.active(), nullptr);
  versions.learn({version("v3", 3s), {version("v1", 1s), version("v2", 2s), version("v3", 3s)}},
                 [](auto& number) { return number == "v1"; });
  ASSERT_NE(versions.active(), nullptr);
  EXPECT_EQ(versions.active()->spec.version, "v3");
  EXPECT_NE(versions.find("v1"), nullptr);
  EXPECT_EQ(versions.find("v2"), nullptr) << "no room runs it";
  versions.learn({version("v3", 3s), {}}, [](auto&) { return false; });
  EXPECT_EQ(versions.size(), 1u);
}

struct RoomVersions : ::testing::Test {
  RoomVersions() {
    world.scheduler = version("v2", 20s);
    world.place(room_of("v1"));
    world.place(room_of("v2"));
    world.versions.learn({world.scheduler, {version("v1", 10s)}}, [](auto&) { return true; });
  }
  pool_world world;
};

// Killed between the intent of a validation room and its instance: its version is known again with the next question.
TEST_F(RoomVersions, AValidationRoomWithoutAnInstanceIsAskedForAgain) {
  auto tried = room_of("v3");
  tried.validation = true;
  tried.created_by = operation_id{"op"};
  world.place(tried);
  create_rooms again{operation_id{"op"}, 1, {}};
  again.is_validation = true;
  again.candidate = version("v3", 1s);
  small_random dice{1};
  auto decided = decide_creation(world.view(), again, 7, dice);
  ASSERT_TRUE(decided.reply);
  EXPECT_EQ(decided.reply->open, 1);
  EXPECT_TRUE(decided.events.empty()) << "it is intended already";
  ASSERT_FALSE(decided.effects.empty());
  auto* asked = std::get_if<ask_for_instance>(&decided.effects.front());
  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(asked->id, tried.id);
  EXPECT_EQ(asked->batch, 7u);
  world.hold(decided.at_once);
  EXPECT_EQ(decide_creation(world.view(), again, 8, dice).reply->open, 0) << "it is on its way";
}

TEST_F(RoomVersions, WhoTellsAVersionThatIsTriedOutGetsNoFurtherRoom) {
  create_rooms told{operation_id{"op"}, 0, "v3", true, version("v3", 1s)};
  small_random dice{1};
  auto without = decide_creation(world.view(), told, 7, dice);
  ASSERT_TRUE(without.reply);
  EXPECT_EQ(without.reply->open, 0) << "there is none, and none is made";
  EXPECT_TRUE(without.events.empty());
  auto tried = room_of("v3");
  tried.validation = true;
  tried.created_by = operation_id{"op"};
  tried.instance = instance_status::ready;
  world.place(tried);
  for (auto amount : {0, 1}) {
    told.amount = amount;
    auto decided = decide_creation(world.view(), told, 8, dice);
    EXPECT_EQ(decided.reply->open, 0) << amount;
    EXPECT_TRUE(decided.events.empty() && decided.effects.empty()) << amount;
  }
}

/// The active version's rooms must come up in five seconds; one that tries out another has taken ten so far.
struct RoomThatTriesOutAVersion : RoomVersions {
  RoomThatTriesOutAVersion() {
    world.scheduler.spec.health.emplace().timeouts.initialization = 5s;
    world.versions = {};
    world.versions.learn({world.scheduler, {}}, [](auto&) { return true; });
    world.has_scheduler = false; // it tells itself when something changes only
    auto tried = room_of("v3");
    tried.validation = true;
    tried.created_at = tried.status_since = world.now - 10s;
    world.place(tried);
  }
  void expect_over(bool is_over, const pool_view& view) {
    auto& room = *view.rooms.find(room_id{"arena-v3"});
    pool_health health;
    count_room(health, room, room.created_at, view.make_of(room), view.settings_of(room), view.clock);
    EXPECT_EQ(health.expired.size() + health.silent_rooms.size(), is_over ? 1u : 0u);
    auto decided = decide_removal(
        view, {room.id, removal_cause::expired_room, operation_id{"look"}, 0, false, room.created_at});
    ASSERT_TRUE(decided.reply);
    EXPECT_EQ(*decided.reply, is_over ? removal_verdict::asked : removal_verdict::spared);
  }
};

TEST_F(RoomThatTriesOutAVersion, HasTheTimeLimitsOfItsOwn) {
  auto candidate = version("v3", 1s);
  candidate.spec.health.emplace().timeouts.initialization = 60s;
  world.versions.try_out(candidate);
  expect_over(false, world.view());
  world.now += 51s;
  expect_over(true, world.view());
}

// Until whoever tries it out is resumed, which comes first, those of the active version count from the start of the node.
TEST_F(RoomThatTriesOutAVersion, IsNotOverAtTheStartOfTheNodeWhereItsVersionIsNotKnownYet) {
  auto restarted = world.view();
  restarted.clock.even_since = world.now - 1s;
  expect_over(false, restarted);
  restarted.clock.even_since = world.now - 6s;
  expect_over(true, restarted);
}

TEST_F(RoomVersions, ARoomIsCreatedAgainByItsOwn) {
  auto wanted = instance_for(world.view(), room_id{"arena-v1"});
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->version, "v1");
  EXPECT_EQ(wanted->containers[0].image, "image-v1");
  EXPECT_EQ(wanted->termination_grace_period, 10s);
  EXPECT_EQ(instance_for(world.view(), room_id{"arena-v2"})->containers[0].image, "image-v2");
}

TEST_F(RoomVersions, ARoomEndsByTheGraceOfItsOwn) {
  EXPECT_EQ(grace_of(world.view(), room_id{"arena-v1"}), 10s);
  EXPECT_EQ(grace_of(world.view(), room_id{"arena-v2"}), 20s);
}

// After a restart the scheduler tells its pool all that it has, before whoever tries out the version goes on or is canceled.
TEST_F(RoomVersions, ARoomThatTriesOutAVersionEndsByTheGraceOfItsOwnAlsoAfterARestart) {
  scheduler_table table;
  table.apply(scheduler_created{version("v2", 20s)});
  operation making;
  making.id = operation_id{"making"};
  making.definition = create_new_scheduler_version_operation{version("v3", 30s)};
  table.apply(operation_enqueued{making, false});
  table.apply(operation_started{making.id, world.now});
  auto tried = room_of("v3");
  tried.validation = true;
  tried.created_by = making.id;
  world.place(tried);
  world.versions = {};
  world.versions.learn({table.shared_recipe(), table.every_version()},
                       [&](auto& number) { return world.table.is_in_use(number); });
  EXPECT_EQ(grace_of(world.view(), tried.id), 30s);
}

TEST_F(RoomVersions, ARoomOfAnUnknownVersionIsNotCreatedByAnother) {
  world.place(room_of("v0"));
  auto wanted = instance_for(world.view(), room_id{"arena-v0"});
  ASSERT_FALSE(wanted);
  EXPECT_EQ(wanted.error().text, "version v0 of scheduler arena is not known");
}

TEST(RoomTable, CountsWhatAnOperationCreatedWithoutWhatTheRuntimeRefused) {
  room_table table;
  for (auto* id : {"arena-a", "arena-b", "arena-c"}) {
    room_record room;
    room.id = room_id{id};
    room.created_by = operation_id{"op"};
    table.apply(room_created{room});
  }
  table.apply(room_removed{room_id{"arena-a"}, removal_cause::creation_failed, "", never});
  table.apply(room_removed{room_id{"arena-b"}, removal_cause::scale_down, "", never});
  EXPECT_EQ(table.intended_by(operation_id{"op"}), 3);
  EXPECT_EQ(table.created_by(operation_id{"op"}), 2);
  room_table again;
  again.restore(table.snapshot());
  EXPECT_EQ(again.created_by(operation_id{"op"}), 2);
  EXPECT_EQ(again.snapshot(), table.snapshot());
}

// While a version waits for its validation room, other operations add and remove rooms; when they are resumed they must not
// begin anew.
TEST(RoomTable, ARoomThatTriesOutAVersionMakesNoTallyForgotten) {
  room_table table;
  for (auto* id : {"arena-a", "arena-b", "arena-trial"}) {
    room_record room;
    room.id = room_id{id};
    room.validation = room.id.str() == "arena-trial";
    room.created_by = operation_id{room.validation ? "version" : "add"};
    table.apply(room_created{room});
  }
  EXPECT_EQ(table.intended_by(operation_id{"add"}), 2);
  table.apply(room_removal_started{room_id{"arena-a"}, removal_cause::scale_down, operation_id{"remove"}, never});
  table.apply(room_removal_started{room_id{"arena-trial"}, removal_cause::new_version_validation_finished,
                                   operation_id{"version"}, never});
  EXPECT_EQ(table.removed_by(operation_id{"remove"}), 1);
}

// A game server may say any number.
TEST(RoomTable, CountsOfMatchesComeBackToWhatTheyWere) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  room_table table;
  for (auto* id : {"arena-a", "arena-b", "arena-c"}) {
    room_record room;
    room.id = room_id{id};
    table.apply(room_created{room});
  }
  auto ping = [&](const char* id, std::int64_t matches) {
    table.apply(room_pinged{room_id{id}, ping_status::occupied, matches, room_status::occupied, never, 0});
  };
  ping("arena-a", 3);
  ping("arena-b", most);
  ping("arena-c", most);
  EXPECT_EQ(table.find(room_id{"arena-b"})->running_matches, most) << "what it said is kept";
  EXPECT_EQ(table.counts().running_matches, 2 * counted_matches_max + 3);
  room_table again;
  again.restore(table.snapshot());
  EXPECT_EQ(again.counts().running_matches, 2 * counted_matches_max + 3);
  ping("arena-b", least);
  table.apply(room_removed{room_id{"arena-c"}, removal_cause::scale_down, "", never});
  EXPECT_EQ(table.counts().running_matches, 3);
}

TEST(FreeRooms, AServerThatSaysItHasEveryMatchSharesItsRoomWithNobody) {
  room_record room;
  room.id = room_id{"arena-a"};
  room.version = "v1.0.0";
  room.status = room_status::active;
  room.running_matches = std::numeric_limits<std::int64_t>::max();
  room.held_slots = 1;
  free_rooms free;
  free.update(room.id, &room, false);
  auto recipe = version("v1.0.0", 1s);
  recipe.max_matches = 3;
  known_versions versions;
  versions.learn({recipe, {}}, [](auto&) { return true; });
  EXPECT_EQ(free.first_with(1, versions), nullptr);
}

TEST(RoomTable, ALookGoesOnWhateverCameAndWent) {
  room_table table;
  for (auto* id : {"d", "b", "f"}) {
    room_record room;
    room.id = room_id{id};
    table.apply(room_created{room});
  }
  EXPECT_EQ(table.at(0)->id.str(), "b");
  EXPECT_EQ(table.at(2)->id.str(), "f");
  EXPECT_EQ(table.at(3), nullptr);
  table.apply(room_removed{room_id{"d"}, removal_cause::scale_down, "", never});
  EXPECT_EQ(table.after(room_id{"d"})->id.str(), "f") << "the last one seen is gone";
  EXPECT_EQ(table.after(room_id{"f"}), nullptr);
}

// -- a review in slices ---------------------------------------------------------------------------------------

struct SlicedReview : ::testing::Test {
  instance seen(const char* id, instance_status status = instance_status::ready) {
    instance one;
    one.id = room_id{id};
    one.status = status;
    return one;
  }
  void place(const char* id, instance_status status = instance_status::ready) {
    room_record room;
    room.id = room_id{id};
    room.version = "v1.0.0";
    room.instance = status;
    room.created_at = world.now - 1min;
    world.place(room);
  }
  void begin(std::vector<instance> list) {
    review.begin(world.now);
    ASSERT_TRUE(review.take({std::move(list)}));
  }
  void hear(const char* id) {
    std::vector<pool_effect> effects;
    EXPECT_FALSE(review.hear(world.view(), {instance_event_type::updated, seen(id)}, effects));
    EXPECT_TRUE(effects.empty());
  }
  std::size_t rest() {
    std::size_t effects = 0;
    while (review.is_running())
      effects += review.next(world.view(), 1).size();
    return effects;
  }

  pool_world world;
  instance_review review;
};

TEST_F(SlicedReview, LeavesARoomAloneThatWasCreatedSinceItBegan) {
  place("arena-a");
  begin({seen("arena-a")});
  review.next(world.view(), 1);
  world.now += 1s;
  room_record fresh;
  fresh.id = room_id{"arena-b"};
  fresh.created_at = world.now;
  fresh.instance = instance_status::ready; // the host has answered and reported meanwhile
  world.place(fresh);
  EXPECT_EQ(rest(), 0u) << "the list is older than the room";
}

TEST_F(SlicedReview, LooksForARoomThatWasMadeWhereTheClockIsAhead) {
  room_record early;
  early.id = room_id{"arena-a"};
  early.created_at = world.now + std::chrono::hours(3);
  early.instance = instance_status::ready;
  early.removal = removal_cause::scheduler_deleted;
  world.place(early);
  review.begin(world.now);
  ASSERT_TRUE(review.take({}));
  EXPECT_EQ(rest(), 1u) << "it is gone, and its deletion must come to its end";
}

TEST_F(SlicedReview, LeavesARoomAloneOfWhichTheRuntimeHasReportedMeanwhile) {
  place("arena-a", instance_status::ready);
  place("arena-b", instance_status::ready);
  begin({seen("arena-a", instance_status::pending), seen("arena-b", instance_status::pending)});
  hear("arena-b");
  EXPECT_EQ(rest(), 1u) << "what the list says of b is older than the report";
}

TEST_F(SlicedReview, KnowsAlsoWhatWasReportedBeforeTheFirstPageCame) {
  place("arena-a", instance_status::ready);
  review.begin(world.now);
  hear("arena-a");
  ASSERT_TRUE(review.take({}));
  EXPECT_EQ(rest(), 0u) << "the list may have been made before the instance was";
}

TEST_F(SlicedReview, ConcludesNothingFromAReviewThatWasGivenUp) {
  place("arena-a", instance_status::ready);
  place("arena-b", instance_status::ready);
  review.begin(world.now);
  ASSERT_TRUE(review.take({{seen("arena-a", instance_status::ready)}, false}));
  EXPECT_TRUE(review.next(world.view(), 10).empty());
  EXPECT_TRUE(review.is_through_page());
  EXPECT_FALSE(review.has_seen_a_list()) << "what comes behind the page is not known";
  begin({seen("arena-b", instance_status::ready)});
  EXPECT_EQ(rest(), 1u) << "the first whole list counts";
}

TEST_F(SlicedReview, AStrayInTwoListsIsEnded) {
  place("arena-a");
  for (auto expected : {0u, 0u, 2u}) {
    begin(expected == 0 && !review.has_seen_a_list() ? std::vector{seen("arena-a")}
                                                     : std::vector{seen("arena-a"), seen("arena-stray")});
    EXPECT_EQ(rest(), expected) << "in two lists: a line and its end";
  }
}

TEST_F(SlicedReview, APageThatIsNotBehindTheOneBeforeIsRefused) {
  review.begin(world.now);
  ASSERT_TRUE(review.take({{seen("arena-a"), seen("arena-c")}, false}));
  review.next(world.view(), 10);
  EXPECT_FALSE(review.take({{seen("arena-b")}, true}));
  EXPECT_FALSE(review.is_running());
  review.begin(world.now);
  EXPECT_FALSE(review.take({{seen("arena-b"), seen("arena-b")}, true}));
}

TEST_F(SlicedReview, StopsASliceWhenThereIsMuchToDo) {
  std::vector<instance> strays;
  for (int i = 1000; i < 2000; ++i)
    strays.push_back(seen(("arena-" + std::to_string(i)).c_str()));
  begin(strays);
  EXPECT_LT(review.next(world.view(), 1000).size(), 200u);
  EXPECT_TRUE(review.is_running());
}

} // namespace
} // namespace maestro::rules
