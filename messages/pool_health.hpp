// How the rooms of a pool are: what a HEALTH CONTROLLER asks its ROOM POOL for, and all that its plan is made of. Counts
// are of all rooms; names are bounded, so that the answer of a pool of any size is small (rules/rooms_plan).
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/room_types.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

/// How all rooms of a pool are, judged by it one by one. Where a change of the rooms may change their wanted number, its
/// HEALTH CONTROLLER hears once of the next one.
struct get_pool_health {};
MAESTRO_INSPECT_EMPTY(get_pool_health)

struct pool_health {
  std::int64_t available = 0;           ///< count towards the wanted number
  std::int64_t rooms_past_deletion = 0; ///< over their time because they are terminating for too long
  std::int64_t rooms_terminated = 0;    ///< over their time because they said that they have terminated
  std::vector<room_id> expired;         ///< over their time, but for the silent ones, by id: the first ones
  std::int64_t watched = 0;             ///< have an instance that runs, and are to ping
  std::int64_t silent = 0;              ///< of these: for longer than the ping timeout
  std::vector<room_id> silent_rooms;    ///< by id: the first ones
  bool has_more_expired = false;        ///< of either kind, than one answer names
  /// All but validation rooms and those on their way out.
  room_counts counts{};
  std::int64_t up = 0;   ///< of the available: ready, or hold players
  std::int64_t free = 0; ///< of the available: hold no players
  std::int64_t draining =
      0; ///< of the available: take no new match, though their version is the active one's like
  std::vector<room_id> drained_rooms{}; ///< of these: hold no players any more; by id, the first ones
  std::int64_t replaced = 0; ///< of the available: of a version that differs from the active one in what rooms are
  std::int64_t replaced_free = 0;     ///< of these: hold no players
  std::int64_t replaced_down = 0;     ///< of these: are not up
  std::int64_t replaced_draining = 0; ///< of these: hold players and take no new match
  // what is wrong, for rules/degradation
  std::int64_t in_error = 0;
  std::string error_reason; ///< of one of these
  std::int64_t late = 0;    ///< pending or unready for longer than a room should be
  duration latest{};        ///< of these the one that waits longest
  std::string late_reason;
  std::string creation_problem{}; ///< why not all rooms of the newest add_rooms were made
};
MAESTRO_INSPECT(pool_health, x.available, x.rooms_past_deletion, x.rooms_terminated, x.expired, x.watched,
                x.silent, x.silent_rooms, x.has_more_expired, x.counts, x.up, x.free, x.draining, x.drained_rooms,
                x.replaced, x.replaced_free, x.replaced_down, x.replaced_draining, x.in_error, x.error_reason,
                x.late, x.latest, x.late_reason, x.creation_problem)

} // namespace maestro
