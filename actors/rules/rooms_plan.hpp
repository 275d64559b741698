// One turn of the control loop: how many rooms are wanted, which are over their time, what to do
// (proto/README.md 5.1). The pool counts its rooms one by one, so that a million of them can be looked at in slices;
// the health controller makes the plan of what was counted.
#pragma once

#include "actors/rules/room_replacement.hpp"
#include "messages/commands.hpp"
#include "messages/settings.hpp"

#include <vector>

namespace maestro::rules {

/// What the room adds to the health of its pool. Rooms come by id; of those over their time the first
/// settings.expired_limit are named.
/// `last_sign`: of life, its last ping or else its creation.
void count_room(pool_health& health, const room_record& room, timestamp last_sign, const actor_settings& settings,
                const clock_reading& clock);

struct rooms_plan {
  std::vector<room_id> expired; ///< to remove by id, reason expired_room
  std::int64_t desired = 0;
  std::int64_t add = 0;
  std::int64_t remove = 0;         ///< reason scale_down
  timestamp look_again_at = never; ///< not never: rooms are missing but the back-off holds them back until then
};

/// The wanted number is roomsReplicas; autoscaling policies and rolling updates do not act yet. `spares_silent`:
/// silent rooms keep their places for now (rules/silence_brake).
rooms_plan plan_rooms(const scheduler& recipe, const pool_health& health, bool spares_silent,
                      const replacement_backoff& backoff, const clock_reading& clock);

} // namespace maestro::rules
