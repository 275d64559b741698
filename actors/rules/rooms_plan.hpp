// One turn of the control loop: how many rooms are wanted, which are over their time, what to do
// (proto/README.md 5.1, 5.2). The pool counts its rooms one by one, so that a million of them can be looked at in slices;
// the health controller makes the plan of what was counted.
//
//   wanted = roomsReplicas, or the policy's number within min and max
//   while rooms of an older make are there: wanted + maxSurge until so many are available, then the older ones go;
//   as wanted counts also what policy and cooldown do not let go
#pragma once

#include "actors/rules/known_versions.hpp"
#include "actors/rules/room_replacement.hpp"
#include "messages/commands.hpp"
#include "messages/rooms_explanation.hpp"
#include "messages/settings.hpp"

#include <string>
#include <vector>

namespace maestro::rules {

/// What the room adds to the health of its pool. Rooms come by id; of those over their time the first
/// settings.expired_limit are named. `last_sign`: of life, its last ping or else its creation.
void count_room(pool_health& health, const room_record& room, timestamp last_sign, const room_make& make,
                const actor_settings& settings, const clock_reading& clock);

struct rooms_plan {
  std::vector<room_id> expired; ///< to remove by id, reason expired_room
  std::vector<room_id> drained; ///< to remove by id: were to go before, and hold no players by now
  std::int64_t desired = 0;
  std::int64_t add = 0;
  std::int64_t remove = 0; ///< free ones now, the others drain
  removal_cause cause = removal_cause::scale_down;
  std::int64_t spares = 0;         ///< rooms that drain and are wanted again
  timestamp look_again_at = never; ///< not never: something is held back until then
  std::string why;                 ///< how `desired` came about, where it is not roomsReplicas
  std::vector<wanted_step> steps;  ///< the same, step by step; their texts are added by who shows them
  plan_wait waits_for = plan_wait::none;
  std::int64_t standing = 0; ///< so many go only when policy and cooldown let them; for the next plan, 0: ask
};

/// What a plan may look at besides recipe and rooms.
struct plan_occasion {
  bool spares_silent = false;  ///< silent rooms keep their places for now (rules/silence_brake)
  bool is_room_wanted = false; ///< a player was turned away a short while ago
  replacement_backoff backoff;
  const clock_reading& clock;
  std::int64_t standing = 0; ///< of the plan before; 0: not known
};

/// The rooms of a surge may exceed autoscaling's max by maxSurge, or a fleet at its max would never be replaced; and they
/// go without asking policy or cooldown, which are about fewer rooms than before. A fleet that these hold above what is
/// wanted is replaced as it stands; where it is not known how it stood, it may grow by a surge, and does not shrink by more.
rooms_plan plan_rooms(const scheduler& recipe, const pool_health& health, const plan_occasion& when);

/// The same with what the health controller remembers, and what it remembers from now on; `spares_silent` is set when
/// silent rooms are spared. Whoever only asks what would be done throws the memory away.
struct look_outcome {
  rooms_plan plan;
  look_memory memory;
  bool spares_silent = false;
};
look_outcome plan_look(const scheduler& recipe, const pool_health& health, const look_memory& before,
                       const actor_settings& settings, const clock_reading& clock);

/// Whether a change of the rooms may change what is wanted or may be done: a policy rules, or rooms are on their way out.
/// `recipe` nullptr: not told yet.
bool follows_changes(const scheduler* recipe, const pool_health& health);

/// maxSurge as a number of rooms: absolute, or a share of `base` rounded up; 1 when it says less or cannot be read.
std::int64_t surge_rooms(const std::string& max_surge, std::int64_t base);

} // namespace maestro::rules
