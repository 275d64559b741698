// What one turn of the control loop does about the rooms that are wanted: the numeric rows of proto/README.md 5.5 and 5.6, and what
// ours does beyond them.
#include "actors/rules/rooms_plan.hpp"
#include "test/rules/counted_rooms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

// -- a turn ---------------------------------------------------------------------------------------------------

/// A fleet of ready rooms, older and of the active make, with an occupied share.
struct fleet {
  std::int64_t total = 0;
  std::int64_t fresh = 0; ///< of the active version
  std::int64_t occupied = 0;

  pool_health health() const {
    pool_health all;
    all.available = all.up = total;
    all.counts = counted(total - occupied, occupied, occupied);
    all.free = total; // the rows are about numbers, not about who holds players
    all.replaced = all.replaced_free = total - fresh;
    return all;
  }
};

scheduler by_occupancy(std::int32_t max = 1000) {
  scheduler recipe;
  recipe.max_surge = "25%";
  recipe.autoscaling = autoscaling{true, 1, max, 0, occupancy(.5, static_cast<double>(.99F))};
  return recipe;
}

scheduler by_replicas(std::int32_t replicas, const char* surge = "50%") {
  scheduler recipe;
  recipe.rooms_replicas = replicas;
  recipe.max_surge = surge;
  return recipe;
}

rooms_plan turn(const scheduler& recipe, const pool_health& health, timestamp now = noon) {
  clock_reading clock{now};
  return plan_rooms(recipe, health, {false, false, {}, clock});
}

struct cycle {
  std::int64_t total, fresh, base;
  std::int64_t change; ///< added, or removed where negative
};

void expect_cycles(const std::vector<cycle>& cycles) {
  for (auto& [total, fresh, base, change] : cycles) {
    auto plan = turn(by_occupancy(), fleet{total, fresh, base / 2}.health());
    EXPECT_EQ(plan.add - plan.remove, change) << total << "/" << fresh << "/" << base;
    if (change < 0) {
      EXPECT_EQ(plan.cause, total > fresh ? removal_cause::rolling_update_replace : removal_cause::scale_down);
    }
  }
}

TEST(RollOut, OfAStableFleet) {
  expect_cycles({{100, 0, 100, 25},
                 {125, 25, 100, -25},
                 {100, 25, 100, 25},
                 {125, 50, 100, -25},
                 {100, 50, 100, 25},
                 {125, 75, 100, -25},
                 {100, 75, 100, 25},
                 {125, 100, 100, -25},
                 {100, 100, 100, 0}});
}

TEST(RollOut, WhileOccupancyGoesUp) {
  expect_cycles({{100, 0, 100, 25},
                 {125, 25, 200, 125},
                 {250, 150, 200, -50},
                 {200, 150, 400, 300},
                 {500, 450, 400, -50},
                 {400, 400, 400, 0}});
}

TEST(RollOut, WhileOccupancyGoesDown) {
  expect_cycles({{100, 0, 100, 25},
                 {125, 25, 40, -85},
                 {40, 25, 40, 10},
                 {50, 35, 40, -10},
                 {40, 35, 40, 10},
                 {50, 45, 40, -5},
                 {40, 40, 40, 0}});
}

TEST(RollOut, WhileOnlySomeOfTheNewRoomsComeUp) {
  expect_cycles({{100, 0, 100, 25},
                 {119, 19, 100, 6},
                 {124, 24, 100, 1},
                 {125, 25, 100, -25},
                 {125, 100, 100, -25},
                 {100, 100, 100, 0}});
}

TEST(RollOut, OfTheTwoWorkedScenarios) {
  expect_cycles({{25, 0, 10, -15},
                 {10, 0, 10, 3},
                 {13, 3, 10, -3},
                 {10, 3, 10, 3},
                 {13, 6, 10, -3},
                 {10, 6, 10, 3},
                 {13, 9, 10, -3},
                 {10, 9, 10, 3},
                 {13, 12, 10, -1},
                 {12, 12, 10, -2},
                 {10, 10, 10, 0}});
  expect_cycles({{25, 0, 40, 25},
                 {50, 25, 40, -10},
                 {40, 25, 40, 10},
                 {50, 35, 40, -10},
                 {40, 35, 40, 10},
                 {50, 45, 40, -5},
                 {45, 45, 40, -5},
                 {40, 40, 40, 0}});
}

TEST(RollOut, DesiredRowsOfTheControlLoop) {
  EXPECT_EQ(turn(by_replicas(1), fleet{}.health()).desired, 1);
  EXPECT_EQ(turn(by_replicas(1), fleet{1, 0}.health()).desired, 2);
  EXPECT_EQ(turn(by_replicas(6), fleet{3, 3}.health()).desired, 6);
  EXPECT_EQ(turn(by_replicas(8), fleet{4, 0}.health()).desired, 12);
  EXPECT_EQ(turn(by_replicas(4, "0"), fleet{2, 0}.health()).desired, 5);
  EXPECT_EQ(turn(by_replicas(8), fleet{12, 6}.health()).desired, 8);
}

TEST(RollOut, GoesOnWithoutAMaximumAndAtIt) {
  for (auto max : {-1, 10}) {
    auto recipe = by_occupancy(max);
    EXPECT_EQ(turn(recipe, fleet{10, 0, 5}.health()).add, 3) << max;
    EXPECT_EQ(turn(recipe, fleet{13, 3, 5}.health()).remove, 3) << max;
  }
}

TEST(RollOut, ASurgeWithoutABoundMakesAllTheSuccessorsItCan) {
  for (auto* surge : {"9223372036854775807", "9223372036854775807%"})
    EXPECT_GT(turn(by_replicas(10, surge), fleet{10, 0}.health()).add, 1'000'000) << surge;
  auto without_max = by_occupancy(-1);
  without_max.max_surge = "9223372036854775807";
  auto health = fleet{10, 0}.health();
  health.counts.running_matches = std::numeric_limits<std::int64_t>::max();
  EXPECT_GT(turn(without_max, health).add, 1'000'000);
}

TEST(RollOut, DoesNotWaitForTheCooldownButWhatIsAboveTheSurgeDoes) {
  auto recipe = by_occupancy();
  recipe.autoscaling->cooldown = 60;
  recipe.last_downscale_at = noon - std::chrono::seconds{20};
  EXPECT_EQ(turn(recipe, fleet{13, 3, 5}.health()).remove, 3);
  auto many = turn(recipe, fleet{25, 0, 5}.health());
  EXPECT_EQ(many.remove, 0);
  EXPECT_EQ(many.add, 7) << "they are replaced all the same";
  EXPECT_EQ(many.look_again_at, noon + std::chrono::seconds{40});
}

/// Looks one after the other, each of which is carried out, until one finds nothing to do.
struct roll_out {
  scheduler recipe;
  fleet rooms;
  std::int64_t fewest = rooms.total, most = rooms.total;
  look_memory memory{};

  /// False: nothing is to do.
  bool look() {
    auto looked = plan_look(recipe, rooms.health(), memory, actor_settings{}, clock_reading{noon});
    memory = looked.memory;
    auto& plan = looked.plan;
    rooms.total += plan.add - plan.remove;
    rooms.fresh = std::min(rooms.fresh + plan.add, rooms.total); // those of the old make go first
    fewest = std::min(fewest, rooms.total);
    most = std::max(most, rooms.total);
    return plan.add + plan.remove > 0;
  }
  void go_on() {
    for (int looks = 0; look(); ++looks)
      ASSERT_LT(looks, 100) << rooms.fresh << " of " << rooms.total;
  }
};

scheduler in_its_cooldown() {
  auto recipe = by_occupancy();
  recipe.autoscaling->cooldown = 3600;
  recipe.last_downscale_at = noon - 1s;
  return recipe;
}

scheduler with_threshold(double down_threshold) {
  auto recipe = by_occupancy();
  recipe.autoscaling->policy = occupancy(.5, down_threshold);
  return recipe;
}

TEST(RollOut, ReplacesAFleetThatMayNotShrinkAsItStands) {
  // The policy would let 17 rooms go, not 14: those of the surge do not count as free.
  for (auto& [recipe, rooms, surge] :
       {std::tuple{in_its_cooldown(), 25, 7}, {with_threshold(.3), 14, 4}, {with_threshold(.5), 14, 4}}) {
    roll_out going{recipe, {rooms, 0, 5}};
    going.go_on();
    EXPECT_EQ(going.rooms.fresh, going.rooms.total) << "all are replaced";
    EXPECT_EQ(going.fewest, rooms);
    EXPECT_EQ(going.most, rooms + surge);
  }
}

TEST(RollOut, HoldsRoomsWhoseMachineWasAwayForAWhile) {
  roll_out going{in_its_cooldown(), {20, 0, 5}};
  going.look();
  EXPECT_EQ(going.rooms.total, 25) << "a surge of five";
  going.rooms.total = 10; // of the others the machine is lost
  going.rooms.fresh = 0;
  going.look();
  EXPECT_EQ(going.rooms.total, 13);
  going.rooms = {28, 8, 5};
  going.fewest = going.rooms.total;
  going.go_on();
  EXPECT_EQ(going.fewest, 20);
  EXPECT_EQ(going.rooms.fresh, going.rooms.total);
}

TEST(RollOut, RoomsOfTheSurgeThatAreNotUpAreNotCountedAsFree) {
  auto recipe = with_threshold(.6);
  auto health = fleet{150, 0, 40}.health();
  health.up = 120;
  health.counts = counted(80, 40, 40);
  auto plan = plan_rooms(recipe, health, {false, false, {}, clock_reading{noon}, 120});
  EXPECT_EQ(plan.desired, 80) << "40 of 80 that are free may go";
}

/// Two rooms that are occupied want four, three want five; of five no room is let go.
scheduler between_four_and_five() {
  auto recipe = by_occupancy();
  recipe.autoscaling->policy = occupancy(.35, .5);
  return recipe;
}

TEST(RollOut, RoomsThatABackoffHeldBackAreNotTakenForSomeThatStood) {
  for (auto fresh : {4, 0}) { // it comes before the roll-out, or with it
    roll_out going{between_four_and_five(), {4, fresh, 3}};
    going.memory.backoff = {1, noon, noon + 1s};
    EXPECT_FALSE(going.look()) << "a fifth is wanted, and not made";
    going.rooms = {4, 0, 2};
    going.memory.backoff = {};
    going.go_on();
    EXPECT_EQ(going.rooms.fresh, going.rooms.total);
    EXPECT_EQ(going.fewest, 4) << fresh;
    EXPECT_EQ(going.most, 5) << fresh;
  }
}

TEST(RollOut, RoomsThatAreBeingMadeStand) {
  roll_out going{between_four_and_five(), {4, 4, 3}};
  EXPECT_TRUE(going.look());
  going.rooms = {5, 0, 2};
  going.fewest = going.rooms.total;
  going.go_on();
  EXPECT_EQ(going.rooms.fresh, going.rooms.total);
  EXPECT_EQ(going.fewest, 5) << "the policy lets none of them go";
}

TEST(RollOut, WhereItIsForgottenHowManyStoodTheyDoNotShrink) {
  for (auto looks : {1, 2, 5}) {
    roll_out going{in_its_cooldown(), {25, 0, 5}};
    for (int i = 0; i < looks; ++i)
      going.look();
    going.memory = {};
    going.go_on();
    EXPECT_EQ(going.rooms.fresh, going.rooms.total);
    EXPECT_EQ(going.fewest, 25) << looks;
    EXPECT_LE(going.most, 40) << looks;
  }
}

TEST(RollOut, OnlyTheSurgeGoesWhenPlayersLeaveInTheCooldown) {
  roll_out going{in_its_cooldown(), {10, 0, 5}};
  going.look();
  EXPECT_EQ(going.rooms.total, 13);
  going.rooms.occupied = 2;
  going.look();
  EXPECT_EQ(going.rooms.total, 10) << "four are wanted by now";
  going.rooms.occupied = 8;
  going.look();
  EXPECT_EQ(going.rooms.total, 20) << "sixteen, and a surge of four";
  going.look();
  EXPECT_EQ(going.rooms.total, 16);
}

TEST(RollOut, ShrinksAtOnceWhereItMay) {
  roll_out going{by_occupancy(), {25, 0, 5}};
  going.look();
  EXPECT_EQ(going.rooms.total, 10);
  going.go_on();
  EXPECT_EQ(going.rooms.fresh, going.rooms.total);
  EXPECT_EQ(going.fewest, 10);
}

TEST(RollOut, KeepsAsManyUpAsAreWanted) {
  auto rolling = fleet{13, 3}.health();
  rolling.up = 10; // the three new ones have not come up
  EXPECT_EQ(turn(by_replicas(10, "3"), rolling).remove, 0);
  rolling.up = 11;
  EXPECT_EQ(turn(by_replicas(10, "3"), rolling).remove, 1);
  rolling.up = 3; // it is the old ones that never came up
  rolling.replaced_down = 10;
  EXPECT_EQ(turn(by_replicas(10, "3"), rolling).remove, 3);
}

TEST(RollOut, AsksNothingAnewWhileOldRoomsDrain) {
  auto playing = fleet{13, 3}.health();
  playing.free = 3;
  playing.replaced_free = 0;
  EXPECT_EQ(turn(by_replicas(10, "3"), playing).remove, 3) << "they begin to drain";
  playing.replaced_draining = 3;
  EXPECT_EQ(turn(by_replicas(10, "3"), playing).remove, 0) << "and that is all for now";
  playing.replaced_free = 1;
  EXPECT_EQ(turn(by_replicas(10, "3"), playing).remove, 3) << "one has become free";
}

// -- down and up again ------------------------------------------------------------------------------------------

TEST(ScaleDown, WaitsForTheCooldown) {
  auto recipe = by_occupancy();
  recipe.autoscaling->cooldown = 60;
  recipe.last_downscale_at = noon;
  auto early = turn(recipe, fleet{20, 20, 5}.health(), noon + std::chrono::seconds{59});
  EXPECT_EQ(early.remove, 0);
  EXPECT_EQ(early.look_again_at, noon + std::chrono::seconds{60});
  EXPECT_EQ(turn(recipe, fleet{20, 20, 5}.health(), noon + std::chrono::seconds{60}).remove, 10);
}

TEST(ScaleDown, RoomsThatDrainMayStayWhenTheyAreWantedAgain) {
  auto busy = fleet{10, 10}.health();
  busy.free = 0;
  auto down = turn(by_replicas(6), busy);
  EXPECT_EQ(down.remove, 4);
  busy.draining = 4;
  EXPECT_EQ(turn(by_replicas(6), busy).remove, 0);
  EXPECT_EQ(turn(by_replicas(6), busy).spares, 0);
  EXPECT_EQ(turn(by_replicas(8), busy).spares, 2);
  EXPECT_EQ(turn(by_replicas(10), busy).spares, 4);
  auto more = turn(by_replicas(12), busy);
  EXPECT_EQ(more.spares, 4);
  EXPECT_EQ(more.add, 2);
}

/// Twenty rooms of four places each.
struct ScaleDownOfPlayers : ::testing::Test {
  ScaleDownOfPlayers() {
    recipe.max_matches = 4;
    recipe.autoscaling->cooldown = 60;
    play(20);
    health.available = health.up = 20;
  }
  void play(std::int64_t matches) {
    health.counts.rooms[static_cast<std::size_t>(room_status::active)] = 20;
    health.counts.running_matches = matches;
  }
  void mark(std::int64_t rooms) {
    health.draining = rooms;
    recipe.last_downscale_at = noon - 1s;
  }
  void expect_nothing(timestamp at) {
    auto plan = turn(recipe, health, at);
    EXPECT_EQ(plan.add, 0);
    EXPECT_EQ(plan.remove, 0);
    EXPECT_EQ(plan.spares, 0);
  }
  scheduler recipe = by_occupancy();
  pool_health health;
};

TEST_F(ScaleDownOfPlayers, IsNotTakenBackByItsOwnCooldown) {
  EXPECT_EQ(turn(recipe, health).remove, 10);
  mark(10);
  expect_nothing(noon);
  expect_nothing(noon + 60s);
  health.free = 1;
  expect_nothing(noon);
  EXPECT_EQ(turn(recipe, health, noon + 60s).remove, 10) << "the free one ends, the others go on draining";
  health.free = 0;
  play(10);
  expect_nothing(noon);
  EXPECT_EQ(turn(recipe, health, noon + 60s).remove, 15) << "five more drain";
}

TEST_F(ScaleDownOfPlayers, WhatHasDrainedGoesInItsCooldownToo) {
  const std::vector<room_id> empty{room_id{"r1"}, room_id{"r2"}, room_id{"r3"}};
  mark(10);
  health.drained_rooms = empty;
  health.free = 3;
  auto plan = turn(recipe, health);
  EXPECT_EQ(plan.drained, empty);
  EXPECT_EQ(plan.remove, 0) << "the cooldown holds all others";
  EXPECT_EQ(plan.standing, 17);
  EXPECT_EQ(turn(recipe, health, noon + 60s).drained, std::vector<room_id>{})
      << "they are of those that go by number";
  play(36);
  plan = turn(recipe, health);
  EXPECT_EQ(plan.spares, 8);
  EXPECT_EQ(plan.drained.size(), 2u) << "no more than stay too many";
  recipe.autoscaling->policy = occupancy(.5, .5);
  EXPECT_EQ(turn(recipe, health).drained, std::vector<room_id>{}) << "they all stay";
}

TEST_F(ScaleDownOfPlayers, ToALowerMaximumIsNotTakenBackEither) {
  recipe.autoscaling->max = 5;
  EXPECT_EQ(turn(recipe, health).remove, 15);
  mark(15);
  expect_nothing(noon);
  expect_nothing(noon + 60s);
}

TEST_F(ScaleDownOfPlayers, IsTakenBackWhenMoreCome) {
  mark(10);
  play(30);
  EXPECT_EQ(turn(recipe, health).spares, 5);
  play(60);
  auto more = turn(recipe, health);
  EXPECT_EQ(more.spares, 10);
  EXPECT_EQ(more.add, 10);
}

TEST_F(ScaleDownOfPlayers, IsTakenBackWhereThePolicyLetsNoRoomGoAnyMore) {
  mark(10);
  play(30);
  recipe.autoscaling->policy = occupancy(.5, .5);
  EXPECT_EQ(turn(recipe, health).spares, 10);
  EXPECT_EQ(turn(recipe, health, noon + 60s).spares, 10);
}

TEST(ScaleToZero, APlayerWhoIsTurnedAwayBringsOneRoom) {
  auto recipe = by_occupancy();
  recipe.autoscaling->min = 0;
  EXPECT_EQ(turn(recipe, {}).desired, 0);
  clock_reading clock{noon};
  EXPECT_EQ(plan_rooms(recipe, {}, {false, true, {}, clock}).add, 1);
  recipe.autoscaling->max = 0;
  EXPECT_EQ(plan_rooms(recipe, {}, {false, true, {}, clock}).add, 0);
}

TEST(RoomsPlan, SaysHowTheNumberCameAbout) {
  EXPECT_EQ(turn(by_replicas(3), fleet{3, 3}.health()).why, "");
  EXPECT_EQ(turn(by_occupancy(), fleet{10, 0, 5}.health()).why,
            "roomOccupancy wants 10 rooms, 1 to 1000 are allowed; 10 rooms are replaced, 3 more than 10 at most");
}

// -- counting -------------------------------------------------------------------------------------------------

// What one says that counts wrong, or lies, is its own room at most.
TEST(PoolHealth, ARoomCountsWithNoMoreMatchesThanItTakes) {
  auto counted_with = [](std::int64_t matches, const room_make& make) {
    actor_settings settings;
    clock_reading clock{noon};
    pool_health health;
    room_record room;
    room.id = room_id{"r"};
    room.created_at = room.status_since = noon;
    room.status = room_status::occupied;
    room.running_matches = matches;
    count_room(health, room, noon, make, settings, clock);
    return health.counts.running_matches;
  };
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(counted_with(2, {false, 3}), 2);
  EXPECT_EQ(counted_with(most, {false, 3}), 3);
  EXPECT_EQ(counted_with(-most, {false, 3}), 0);
  EXPECT_EQ(counted_with(most, {}), counted_matches_max) << "its version is not known";
}

TEST(PoolHealth, CountsWhoIsUpFreeReplacedAndDraining) {
  actor_settings settings;
  clock_reading clock{noon};
  pool_health health;
  auto count = [&](room_status status, bool is_replaced, removal_cause drain, bool is_validation = false) {
    room_record room;
    room.id = room_id{to_string(status)};
    room.created_at = room.status_since = noon;
    room.status = status;
    room.drain = drain;
    room.validation = is_validation;
    count_room(health, room, noon, {is_replaced}, settings, clock);
  };
  using enum room_status;
  count(ready, false, removal_cause::none);
  count(occupied, false, removal_cause::scale_down);
  count(occupied, true, removal_cause::rolling_update_replace);
  count(active, true, removal_cause::none);
  count(pending, true, removal_cause::none);
  count(unready, false, removal_cause::scale_down);
  count(ready, false, removal_cause::none, true); // tries out a version
  EXPECT_EQ(health.available, 6);
  EXPECT_EQ(health.up, 4);
  EXPECT_EQ(health.free, 3);
  EXPECT_EQ(health.draining, 2);
  EXPECT_EQ(health.drained_rooms, std::vector<room_id>{room_id{"unready"}});
  EXPECT_EQ(health.replaced, 3);
  EXPECT_EQ(health.replaced_free, 1);
  EXPECT_EQ(health.replaced_down, 1);
  EXPECT_EQ(health.replaced_draining, 1);
  EXPECT_EQ(health.counts.of(ready), 1);
}

} // namespace
} // namespace maestro::rules
