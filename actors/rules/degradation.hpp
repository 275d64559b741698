// Whether a scheduler is degraded, and in which words: rooms that die early, rooms in error, rooms that do not come up,
// rooms that cannot be made. A scheduler that merely grows is not.
//
//   look, lost room ──> condition_of ──(when it changed)──> ROOM POOL's tally ──> shown ──> API and metrics
//
// Looks are seldom, changes of rooms are not: what a look found is shown only while the counts of the moment bear it.
#pragma once

#include "actors/rules/room_replacement.hpp"
#include "messages/pool_health.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_condition.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

/// A room may take that long to come up before anything is said: 30 s, less where it is expired early.
duration patience_with_new_rooms(const actor_settings& settings);

/// What of the room is trouble; added to the health of its pool.
void count_trouble(pool_health& health, const room_record& room, const actor_settings& settings,
                   const clock_reading& clock);

/// `before`, from a moment ago, stands while there are too few rooms and nothing newer is known: rooms that never come up
/// are replaced by others that must be given their time.
scheduler_condition condition_of(const scheduler_condition& before, duration since_before, std::int64_t wanted,
                                 const pool_health& health, const replacement_backoff& backoff,
                                 const actor_settings& settings, const clock_reading& clock);

/// What is left of it with these rooms at this time.
scheduler_condition shown(const scheduler_condition& judged, const room_counts& counts, timestamp now);

} // namespace maestro::rules
