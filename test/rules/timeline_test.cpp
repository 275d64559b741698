#include "actors/rules/timeline.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace maestro::rules {
namespace {

using ::testing::ElementsAre;

timestamp second(int n) {
  return timestamp{std::chrono::seconds{n}};
}

std::vector<std::string> texts(const timeline& told) {
  std::vector<std::string> all;
  for (auto& line : told.lines)
    all.push_back(fmt::format("{} {} | {} | {}", line.at.time_since_epoch() / std::chrono::seconds{1}, line.what,
                              line.cause, line.detail));
  return all;
}

TEST(Timeline, ALifeOfARoom) {
  room_id id{"arena-abcde"}, other{"arena-other"};
  room_record room;
  room.id = id;
  room.version = "v1.0.0";
  room.ports = {{"game", "udp", 20000}, {"query", "tcp", 20001}};
  room.created_by = operation_id{"op-1"};
  std::vector<pool_event> life{
      room_created{room},
      room_ports_changed{id, {{"game", "udp", 20002}}},
      room_instance_changed{id, instance_status::ready, {}, "10.0.0.1", false, room_status::unready, second(2)},
      room_pinged{id, ping_status::ready, 0, room_status::ready, second(3)},
      room_allocated{id, second(4)},
      room_allocated{id, second(4), 2},
      room_pinged{other, ping_status::ready, 0, room_status::ready, second(4)},
      room_pinged{id, ping_status::occupied, 1, room_status::occupied, second(5)},
      room_removal_started{id, removal_cause::scale_down, operation_id{"op-2"}, second(6)},
      room_instance_changed{id, instance_status::terminating, "exit code 0", "10.0.0.1", true,
                            room_status::terminating, second(7)},
      room_removed{id, removal_cause::scale_down, "exit code 0", second(8)}};
  timeline_lines lines(100);
  int at = 0;
  for (auto& event : life)
    tell(lines, id, event, second(++at));
  EXPECT_THAT(
      texts(lines.finish(never)),
      ElementsAre("1 room_created | op-1 | version v1.0.0, game 20000/udp, query 20001/tcp",
                  "2 room_ports_changed | port_in_use | game 20002/udp",
                  "3 room_instance_changed | runtime | instance ready, room unready, on 10.0.0.1",
                  "4 room_pinged | ping | ping ready, room ready, 0 matches",
                  "5 room_allocated | allocate_room | ", "6 room_allocated | allocate_room | 2 slots",
                  "8 room_pinged | ping | ping occupied, room occupied, 1 match",
                  "9 room_removal_started | scale_down | by operation op-2",
                  "10 room_instance_changed | runtime | instance terminating (ended), room terminating, exit "
                  "code 0, on 10.0.0.1",
                  "11 room_removed | scale_down | exit code 0"));
}

TEST(Timeline, ALifeOfAnOperation) {
  operation op;
  op.id = operation_id{"op-1"};
  op.definition = add_rooms_operation{3};
  auto final = op;
  final.ended_at = second(9);
  final.history = {{second(1), "Created"}, {second(9), "added rooms: 3"}};
  std::vector<scheduler_event> life{
      scheduler_state_changed{},
      operation_enqueued{op, true},
      operation_started{op.id, second(2)},
      operation_started{operation_id{"op-2"}, second(2)},
      operation_progressed{op.id, {second(3), "Resuming after a restart"}},
      operation_ended{op.id, operation_status::finished, second(9), finished_operation{final, true, never}}};
  timeline_lines lines(100);
  int at = 0;
  for (auto& event : life)
    tell(lines, op.id, event, second(++at));
  EXPECT_THAT(texts(lines.finish(never)),
              ElementsAre("2 operation_enqueued | add_rooms | at the head of the queue",
                          "3 operation_started |  | ", "5 operation_progressed |  | Resuming after a restart",
                          "6 operation_progressed |  | added rooms: 3", "6 operation_ended | finished | "));
}

TEST(Timeline, OfTooManyLinesTheFirstAndTheNewestStay) {
  timeline_lines lines(3);
  for (int i = 1; i <= 6; ++i)
    lines.add({second(i), "x", {}, {}});
  auto told = lines.finish(second(1));
  EXPECT_THAT(texts(told), ElementsAre("1 x |  | ", "5 x |  | ", "6 x |  | "));
  EXPECT_EQ(told.left_out, 3u);
  EXPECT_EQ(told.known_since, second(1));
}

} // namespace
} // namespace maestro::rules
