// Golden tables of proto/README.md 4.2 and 4.3, written out so that an operator can read them.
#include "actors/rules/room_lifecycle.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <sstream>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

template <class Cell>
std::string table(std::size_t rows, std::size_t columns, Cell cell) {
  std::ostringstream text;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column)
      text << (column == 0 ? "" : " ") << cell(row, column);
    text << "\n";
  }
  return text.str();
}

TEST(RoomLifecycle, ComposesTheFiveByFiveTable) {
  // rows: ping unknown, ready, occupied, terminating, terminated
  // columns: instance unknown, pending, ready, terminating, error
  auto golden = "pending pending unready terminating error\n"
                "pending pending ready terminating error\n"
                "pending pending occupied terminating error\n"
                "terminating terminating terminating terminating error\n"
                "terminated terminated terminated terminated error\n";
  EXPECT_EQ(table(5, 5,
                  [](auto ping, auto instance) {
                    return to_string(
                        compose(static_cast<ping_status>(ping), static_cast<instance_status>(instance)));
                  }),
            golden);
}

TEST(RoomLifecycle, AllowsTheTransitionsOfTheNineByNineTable) {
  // rows from, columns to: pending unready ready occupied terminating error terminated active allocated
  // x of the original, + ours (fall back to pending, first ping with some matches, slots or allocations that are held),
  // o staying
  auto golden = "o x x x x x . + +\n"
                "x o x x x x . x .\n"
                "+ x o x x x . x x\n"
                "+ x x o x x . x .\n"
                ". x x . o x x . .\n"
                ". x x . x o . . +\n"
                ". . . . . . o . .\n"
                "+ x x x x x . o +\n"
                "+ x x x x x . x o\n";
  auto is_ours = [](room_status from, room_status to) {
    return to == room_status::pending ? holds_players(from) || from == room_status::ready
                                      : (from == room_status::pending && to == room_status::active) ||
                                            (to == room_status::allocated && from != room_status::ready);
  };
  EXPECT_EQ(table(9, 9,
                  [&](auto row, auto column) {
                    auto from = static_cast<room_status>(row);
                    auto to = static_cast<room_status>(column);
                    if (from == to)
                      return 'o';
                    if (!transition_allowed(from, to))
                      return '.';
                    return is_ours(from, to) ? '+' : 'x';
                  }),
            golden);
}

room_record room(room_status status, ping_status ping, instance_status instance, std::int64_t running = 0) {
  room_record one;
  one.status = status;
  one.ping = ping;
  one.instance = instance;
  one.running_matches = running;
  one.allocated_at = noon;
  return one;
}

constexpr lifecycle_policy one_match{1, 300s};
constexpr lifecycle_policy three_matches{3, 300s};

TEST(RoomLifecycle, AnAllocationOutlivesReadyPingsUntilItsTimeIsOver) {
  auto held = room(room_status::allocated, ping_status::ready, instance_status::ready);
  EXPECT_EQ(next_status(held, one_match, noon + 299s), room_status::allocated);
  EXPECT_EQ(next_status(held, one_match, noon + 300s), room_status::ready);
  held.ping = ping_status::occupied;
  EXPECT_EQ(next_status(held, one_match, noon + 1s), room_status::occupied);
  held.instance = instance_status::error;
  EXPECT_EQ(next_status(held, one_match, noon + 1s), room_status::error);
}

TEST(RoomLifecycle, AFallThatIsHeardSoonAfterAnAllocationMayBeOlderThanIt) {
  auto fell = room(room_status::error, ping_status::ready, instance_status::ready);
  fell.status_since = noon + 60s;
  EXPECT_EQ(next_status(fell, one_match, noon + 61s), room_status::allocated);
  EXPECT_EQ(next_status(fell, one_match, noon + 300s), room_status::ready) << "the allocation is over";
  fell.ping = ping_status::occupied;
  EXPECT_EQ(next_status(fell, one_match, noon + 61s), room_status::occupied);
  fell.ping = ping_status::ready;
  fell.status_since = noon + 61s;
  EXPECT_EQ(next_status(fell, one_match, noon + 62s), room_status::ready) << "it has forgotten its players";
  fell.status_since = noon;
  fell.allocated_at = never;
  EXPECT_EQ(next_status(fell, one_match, noon + 1s), room_status::ready) << "nobody was sent there";
}

TEST(RoomLifecycle, SeveralMatchesDecideByCount) {
  auto playing = [](std::int64_t running) {
    return next_status(room(room_status::ready, ping_status::occupied, instance_status::ready, running),
                       three_matches, noon);
  };
  EXPECT_EQ(playing(-1), room_status::ready);
  EXPECT_EQ(playing(0), room_status::ready);
  EXPECT_EQ(playing(1), room_status::active);
  EXPECT_EQ(playing(2), room_status::active);
  EXPECT_EQ(playing(3), room_status::occupied);
  EXPECT_EQ(playing(9), room_status::occupied);
}

TEST(RoomLifecycle, EveryMatchMoreFillsAHeldSlotUntilTheirTimeIsOver) {
  auto playing = room(room_status::active, ping_status::ready, instance_status::ready, 1);
  playing.held_slots = 2;
  EXPECT_EQ(slots_left(playing, 1, three_matches, noon), 2);
  EXPECT_EQ(slots_left(playing, 0, three_matches, noon), 2);
  EXPECT_EQ(slots_left(playing, 2, three_matches, noon), 1);
  EXPECT_EQ(slots_left(playing, 9, three_matches, noon), 0);
  EXPECT_EQ(slots_left(playing, 1, three_matches, noon + 300s), 0);
  EXPECT_EQ(slots_left(playing, std::numeric_limits<std::int64_t>::max(), three_matches, noon), 0);
  EXPECT_EQ(slots_left(playing, std::numeric_limits<std::int64_t>::min(), three_matches, noon), 2);
  playing.running_matches = 0;
  EXPECT_EQ(next_status(playing, three_matches, noon), room_status::allocated);
  EXPECT_EQ(next_status(playing, three_matches, noon + 300s), room_status::ready);
}

TEST(RoomLifecycle, OneMatchIgnoresTheCount) {
  EXPECT_EQ(next_status(room(room_status::ready, ping_status::ready, instance_status::ready, 5), one_match, noon),
            room_status::ready);
}

RC_GTEST_PROP(RoomLifecycle, ARoomOnItsWayOutIsNeverOfferedAgain, ()) {
  auto one =
      room(static_cast<room_status>(*rc::gen::inRange(0, 9)), static_cast<ping_status>(*rc::gen::inRange(0, 5)),
           static_cast<instance_status>(*rc::gen::inRange(0, 5)), *rc::gen::inRange(-2, 9));
  one.removal = removal_cause::scale_down;
  auto next = next_status(one, *rc::gen::element(one_match, three_matches), noon);
  RC_ASSERT(next == room_status::terminating || next == room_status::terminated || next == room_status::error);
}

} // namespace
} // namespace maestro::rules
