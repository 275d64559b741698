// The status of a room: composed of what its game server says (ping), what the runtime says (instance) and whether
// it is held by an allocation or on its way out. Pure; called by the room pool for every observation. Tables:
// proto/README.md 4.2 and 4.3, golden tests in test/rules/room_lifecycle_test.
#pragma once

#include "messages/room_types.hpp"
#include "messages/time.hpp"

namespace maestro::rules {

/// ping × instance → room (proto/README.md 4.2), without refinements.
room_status compose(ping_status ping, instance_status instance);

/// True where a room may go from one status to another; staying is always allowed.
///
/// Table 4.3 with six edges more. Five because the original answered every ping of such a room with success=false
/// until somebody removed it: ready, active, occupied and allocated may fall back to pending (an instance that
/// restarts), and pending may become active (a first ping with some matches). And active may become allocated: its
/// matches have ended, and slots of it are promised. `terminated` is absorbing.
bool transition_allowed(room_status from, room_status to);

/// An allocation holds its room against pings that say ready, but only so long.
bool is_allocation_over(timestamp allocated_at, duration allocation_ttl, const clock_reading& clock);

/// What next_status needs to know besides the record.
struct lifecycle_policy {
  std::int32_t max_matches = 1;
  duration allocation_ttl{};
};

/// The status that follows from the record's ping, instance, matches and allocation now:
/// compose, then (a) an allocation within its TTL outlives pings that say ready, (b) with several matches per room
/// the count decides between ready, active and occupied, and allocated in place of ready while slots of it are held, (c) a room whose removal was asked for is never offered
/// again, (d) a room that was asked and does not answer is not ready; one that holds players, or is promised to some, keeps
/// them: it may come back.
room_status next_status(const room_record& room, const lifecycle_policy& policy, const clock_reading& clock);

/// Of the record's held slots, those that no match fills when a ping says `running_matches`: every match more than before
/// fills one, and all run out the allocation's time after the newest of them was given. A match that ends as another
/// begins is not seen, so rather too few are filled than too many.
std::uint8_t slots_left(const room_record& room, std::int64_t running_matches, const lifecycle_policy& policy,
                        const clock_reading& clock);

/// True for rooms that hold players or a promise to players: occupied, active, allocated.
bool holds_players(room_status status);

} // namespace maestro::rules
