// How many rooms a policy wants, and how many a surge is: the numeric rows of proto/README.md 5.3 and 5.4.
#include "actors/rules/autoscaling_policy.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "test/rules/counted_rooms.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace maestro::rules {
namespace {

// -- policies -------------------------------------------------------------------------------------------------

TEST(AutoscalingPolicy, OccupancyIsComputedFromFloat32Targets) {
  struct row {
    std::int64_t running;
    float ready_target;
    std::int64_t rooms;
  };
  for (auto& [running, target, rooms] : std::vector<row>{{80, 0.5F, 160},
                                                         {40, 0.3F, 58},
                                                         {35, 0.3F, 51},
                                                         {10, 0.3F, 15},
                                                         {5, 0.9F, 50},
                                                         {1, 0.9F, 10},
                                                         {1, 0.8F, 6},
                                                         {5, 0.1F, 6},
                                                         {1, 0.3F, 2},
                                                         {2, 0.9F, 20}})
    EXPECT_EQ(rooms_by_policy(occupancy(static_cast<double>(target)), counted(0, 0, running), 1), rooms)
        << running << " at " << target;
}

TEST(AutoscalingPolicy, OccupancyCountsMatchesNotRooms) {
  EXPECT_EQ(rooms_by_policy(occupancy(.5), counted(0, 0, 160), 2), 160);
  EXPECT_EQ(rooms_by_policy(occupancy(.1), counted(0, 0, 5), 1), 6);
  EXPECT_EQ(rooms_by_policy(occupancy(.3), counted(0, 0, 0), 1), 0);
  EXPECT_EQ(rooms_by_policy(occupancy(.3), counted(0, 0, 0), 7), 0);
}

TEST(AutoscalingPolicy, OccupancyCountsEverySlotThatIsAllocated) {
  auto counts = counted(0, 0, 2);
  counts.rooms[static_cast<std::size_t>(room_status::allocated)] = 1;
  counts.allocated_slots = 1; // a room as a whole
  EXPECT_EQ(rooms_by_policy(occupancy(.5), counts, 3), 2);
  counts.allocated_slots = 3;
  EXPECT_EQ(rooms_by_policy(occupancy(.5), counts, 3), 4);
}

// Whatever a game server says and a recipe of an older journal holds: many is many, and never few.
TEST(AutoscalingPolicy, TooManyMatchesAreNotFew) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (auto target : {.1, .5, 1 - 1e-12, 1.})
    for (auto max_matches : {1, 35, std::numeric_limits<std::int32_t>::max()}) {
      auto counts = counted(1, 1, most);
      counts.allocated_slots = 255;
      EXPECT_GE(rooms_by_policy(occupancy(target), counts, max_matches), 100'000) << target << ", " << max_matches;
      EXPECT_LE(rooms_by_policy(occupancy(target), counts, max_matches), countable_max);
    }
  EXPECT_EQ(rooms_by_policy(occupancy(.5), counted(1, 1, most), 0), countable_max) << "nothing divides by it";
  EXPECT_EQ(rooms_by_policy(occupancy(1.), counted(1, 0, 0), 0), 0);
  scheduler recipe = {};
  recipe.autoscaling = autoscaling{true, 1, 10, 0, occupancy(.5)};
  pool_health health;
  health.counts = counted(1, 1, most);
  clock_reading clock{noon};
  EXPECT_EQ(plan_rooms(recipe, health, {false, false, {}, clock}).desired, 10) << "its max, not its min";
}

TEST(AutoscalingPolicy, OccupancyLetsRoomsGoAboveItsThreshold) {
  struct row {
    double ready_target, threshold;
    std::int64_t running, free;
    std::int32_t max_matches;
    bool goes;
  };
  for (auto& [target, threshold, running, free, max, goes] : std::vector<row>{{.5, .6, 80, 120, 1, false},
                                                                              {.5, .6, 160, 250, 2, false},
                                                                              {.5, .7, 70, 100, 1, true},
                                                                              {.5, .6, 60, 100, 1, true},
                                                                              {.5, .6, 120, 200, 2, true}}) {
    auto rooms = (running + free) / max;
    EXPECT_EQ(lets_rooms_go(occupancy(target, threshold), counted(rooms, 0, running), max), goes)
        << running << " running, " << free << " free";
  }
  EXPECT_FALSE(lets_rooms_go(occupancy(.5), counted(0, 0, 0), 1)) << "nothing of nothing";
}

TEST(AutoscalingPolicy, BufferIsOnTopOfWhatIsOccupied) {
  struct row {
    std::int64_t total, occupied;
    std::int32_t amount;
    std::int64_t rooms;
  };
  for (auto& [total, occupied, amount, rooms] : std::vector<row>{{100, 80, 50, 130},
                                                                 {100, 50, 50, 100},
                                                                 {100, 30, 50, 80},
                                                                 {50, 40, 20, 60},
                                                                 {50, 10, 20, 30},
                                                                 {10, 0, 10, 10},
                                                                 {10, 0, 5, 5},
                                                                 {1, 1, 3, 4},
                                                                 {2, 2, 8, 10}})
    EXPECT_EQ(rooms_by_policy(buffer(amount), counted(total - occupied, occupied, occupied), 1), rooms) << total;
  for (auto [total, goes] : {std::pair{20, true}, {15, false}, {10, false}})
    EXPECT_EQ(lets_rooms_go(buffer(10), counted(total - 5, 5, 5), 1), goes) << total;
  auto counts = counted(5, 10, 10); // 20 rooms: 10 occupied, 2 allocated, 2 terminating, 1 error, 5 others
  counts.rooms[static_cast<std::size_t>(room_status::allocated)] = 2;
  counts.rooms[static_cast<std::size_t>(room_status::terminating)] = 2;
  counts.rooms[static_cast<std::size_t>(room_status::error)] = 1;
  EXPECT_EQ(rooms_by_policy(buffer(4), counts, 1), 16);
  EXPECT_TRUE(lets_rooms_go(buffer(4), counts, 1)) << "17 of 16";
  EXPECT_FALSE(lets_rooms_go(buffer(5), counts, 1)) << "17 of 17";
}

// -- surge ----------------------------------------------------------------------------------------------------

TEST(MaxSurge, IsANumberOrAShareRoundedUp) {
  struct row {
    const char* text;
    std::int64_t base, rooms;
  };
  for (auto& [text, base, rooms] : std::vector<row>{{"10", 20, 10},
                                                    {"500", 1500, 500},
                                                    {"25%", 1200, 300},
                                                    {"twenty%", 100, 1},
                                                    {"0", 5, 1},
                                                    {"50%", 1, 1},
                                                    {"25%", 10, 3},
                                                    {"-5%", 10, 1},
                                                    {"+5%", 100, 5},
                                                    {"0%", 10, 1}})
    EXPECT_EQ(surge_rooms(text, base), rooms) << text;
}

TEST(MaxSurge, OfTheLargestNumbersIsStillASurge) {
  for (auto* text : {"9223372036854775807", "9223372036854775807%", "100%"})
    EXPECT_EQ(surge_rooms(text, countable_max), countable_max) << text;
}

} // namespace
} // namespace maestro::rules
