// When a scheduler is degraded, in which words, and when it no longer is.
#include "actors/rules/degradation.hpp"

#include <gtest/gtest.h>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

const timestamp now{1000s};
const clock_reading moment{now, timestamp{}, 0s};

room_record room_in(room_status status, duration since, const std::string& reason = {}) {
  room_record room;
  room.status = status;
  room.status_since = now - since;
  room.status_reason = reason;
  return room;
}

TEST(Degradation, WhatIsTroubleOfARoom) {
  struct row {
    room_record room;
    std::int64_t in_error, late;
    std::string why;
  };
  auto leaving = room_in(room_status::error, 1s, "exit code 3");
  leaving.removal = removal_cause::expired_room;
  auto tried_out = room_in(room_status::unready, 100s);
  tried_out.validation = true;
  for (auto& [room, in_error, late, why] :
       {row{room_in(room_status::error, 1s, "exit code 3"), 1, 0, "exit code 3"},
        row{room_in(room_status::unready, 29s), 0, 0, ""},
        row{room_in(room_status::unready, 30s), 0, 1, "no ping says ready"},
        row{room_in(room_status::pending, 31s), 0, 1, "their instances do not start"},
        row{room_in(room_status::pending, 31s, "ImagePullBackOff"), 0, 1, "ImagePullBackOff"},
        row{room_in(room_status::ready, 500s), 0, 0, ""}, row{room_in(room_status::terminating, 500s), 0, 0, ""},
        row{leaving, 0, 0, ""}, row{tried_out, 0, 0, ""}}) {
    pool_health health;
    count_trouble(health, room, {}, moment);
    EXPECT_EQ(health.in_error, in_error);
    EXPECT_EQ(health.late, late);
    EXPECT_EQ(health.error_reason + health.late_reason, why);
  }
}

pool_health with(std::int64_t up, std::int64_t available) {
  pool_health health;
  health.up = up;
  health.available = available;
  return health;
}

struct judged_row {
  std::string what;
  pool_health health;
  replacement_backoff backoff;
  scheduler_condition judged;
};

std::vector<judged_row> judged_rows() {
  auto in_error = with(1, 1);
  in_error.in_error = 2;
  in_error.error_reason = "exit code 3";
  auto late = with(0, 2);
  late.late = 2;
  late.latest = 100s;
  late.late_reason = "no ping says ready";
  auto no_ports = with(1, 1);
  no_ports.creation_problem = "not enough ports to allocate";
  auto not_made = with(0, 1);
  not_made.creation_problem = "room arena-b: no such folder";
  const replacement_backoff in_vain{3, now - 1s, now + 8s, "room arena-a: no such folder"};
  auto ports_again = no_ports;
  ports_again.available = 2;
  auto full_but_error = with(2, 2);
  full_but_error.in_error = 1;
  const replacement_backoff crashes{4, now - 1s, now + 8s, "exit code 3"};
  const replacement_backoff tried{1, now - 1s, now, "signal 11"};
  const replacement_backoff long_ago{4, now - 900s, now - 800s, "exit code 3"};
  return {
      {"all are up", with(2, 2), {}, {"", 0, never, 2}},
      {"it grows", with(0, 1), {}, {"", 0, never, 2}},
      {"crashes", with(0, 1), crashes, {"rooms end early: exit code 3", 4, now + 8s, 2}},
      {"the wait is over", with(0, 1), tried, {"rooms end early: signal 11", 1, never, 2}},
      {"crashes of old", with(1, 1), long_ago, {"", 0, never, 2}},
      {"crashed, and came up", with(2, 2), crashes, {"", 0, never, 2}},
      {"in error", in_error, {}, {"2 rooms in error: exit code 3", 0, never, 2}},
      {"in error besides", full_but_error, {}, {"1 room in error", 0, never, 2}},
      {"never up", late, {}, {"2 rooms not up after 100 s: no ping says ready", 0, never, 2}},
      {"no free ports", no_ports, {}, {"rooms cannot be made: not enough ports to allocate", 0, never, 2}},
      {"made in vain", not_made, in_vain, {"rooms cannot be made: room arena-b: no such folder", 3, now + 8s, 2}},
      {"ports were freed", ports_again, {}, {"", 0, never, 2}},
      {"two at once",
       in_error,
       crashes,
       {"2 rooms in error: exit code 3; rooms end early: exit code 3", 4, now + 8s, 2}},
  };
}

TEST(Degradation, EachTroubleHasItsWords) {
  for (auto& [what, health, backoff, judged] : judged_rows()) {
    SCOPED_TRACE(what);
    auto said = condition_of({}, duration::max(), 2, health, backoff, {}, moment);
    EXPECT_EQ(said.reason, judged.reason);
    EXPECT_EQ(said, judged);
  }
}

// Rooms that never come up expire, and those in their place are given their time: the scheduler is no better for that.
TEST(Degradation, WhatWasSaidStandsWhileRoomsAreMissing) {
  const scheduler_condition before{"2 rooms not up after 100 s", 0, never, 2};
  EXPECT_EQ(condition_of(before, 20s, 2, with(0, 2), {}, {}, moment), before);
  EXPECT_EQ(condition_of(before, 900s, 2, with(0, 2), {}, {}, moment).reason, "") << "it is too old to be true";
  EXPECT_EQ(condition_of(before, 20s, 2, with(2, 2), {}, {}, moment).reason, "");
}

TEST(Degradation, OnlyWhatTheCountsOfTheMomentBearIsShown) {
  const scheduler_condition judged{"rooms end early", 3, now + 8s, 2};
  room_counts counts;
  auto& ready = counts.rooms[static_cast<std::size_t>(room_status::ready)];
  EXPECT_EQ(shown(judged, counts, now), judged);
  EXPECT_EQ(shown(judged, counts, now + 8s).next_try, never) << "that is past";
  ready = 2;
  EXPECT_EQ(shown(judged, counts, now), scheduler_condition{}) << "all are up before the next look";
  counts.rooms[static_cast<std::size_t>(room_status::error)] = 1;
  EXPECT_EQ(shown(judged, counts, now), judged);
  EXPECT_EQ(shown({"", 0, never, 9}, counts, now), scheduler_condition{});
}

} // namespace
} // namespace maestro::rules
