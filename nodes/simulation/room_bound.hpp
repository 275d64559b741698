// How many rooms one scheduler may have, at every moment (G8). Rooms are made for a look of the control loop only: it
// counts what is there, and wants as many more as are missing. From the beginning of one look to the beginning of the next
// the rooms that count are never more than were wanted at most in that time:
//
//   wanted    roomsReplicas, or the policy's number for the rooms and matches of the moment, within min and max; one at
//             least where a player may have been turned away
//   + surge   maxSurge of that number, while some room is of another make than the active version's; on top of what was there
//             when the look began, rooms in error too, where that is more and policy or cooldown may hold it
//   count     rooms that are neither to end nor for validation, and whose state lets them count: an error, an end that the
//             game announced, or a removal that names the room takes it out until the next look, also if it comes back,
//             since that look has not counted it
//
// Rooms beyond that number from before (the scheduler wants fewer now) are no violation; making one more is. Fed by
// nodes/simulation/invariants with every event as it becomes durable.
#pragma once

#include "actors/rules/room_table.hpp"
#include "actors/rules/scheduler_table.hpp"

#include <cstdint>
#include <set>

namespace maestro::simulation {

class room_bound {
public:
  /// The control loop begins a look: what was wanted before does not count any more.
  void begin_look(const rules::scheduler_table& scheduler, const rules::room_table& pool);
  /// After every event of the scheduler or of its rooms.
  void note(const rules::scheduler_table& scheduler, const rules::room_table& pool);
  /// A removal names the room.
  void leave_out(const room_id& room) { left_out_.insert(room); }

  std::int64_t most() const { return most_; }
  std::int64_t counted(const rules::room_table& pool) const;

private:
  std::int64_t most_ = 0;
  std::int64_t there_ = 0;     ///< when the look began; 0: nothing holds them
  std::set<room_id> left_out_; ///< of those that are there
};

} // namespace maestro::simulation
