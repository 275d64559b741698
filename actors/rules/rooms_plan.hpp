// One turn of the control loop: how many rooms are wanted, which are over their time, what to do
// (proto/README.md 5.1).
#pragma once

#include "actors/rules/room_replacement.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/settings.hpp"

#include <vector>

namespace maestro::rules {

struct rooms_plan {
  std::vector<room_id> expired;         ///< to remove by id, reason expired_room
  std::int64_t rooms_past_deletion = 0; ///< of these: terminating for too long
  std::int64_t rooms_terminated = 0;    ///< of these: terminated by their own word
  std::int64_t available = 0;
  std::int64_t desired = 0;
  std::int64_t add = 0;
  std::int64_t remove = 0;         ///< reason scale_down
  timestamp look_again_at = never; ///< not never: rooms are missing but the back-off holds them back until then
};

/// The wanted number is roomsReplicas; autoscaling policies and rolling updates do not act yet.
rooms_plan plan_rooms(const scheduler& recipe, const std::vector<room_view>& rooms,
                      const replacement_backoff& backoff, const actor_settings& settings, timestamp now);

} // namespace maestro::rules
