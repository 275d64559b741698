// How many rooms a scheduler wants, and which of those it has count for that, as the simulator reads it from what is
// durable.
#pragma once

#include "actors/rules/room_table.hpp"
#include "messages/scheduler_types.hpp"

#include <cstdint>
#include <string>

namespace maestro::simulation {

/// Neither for validation nor to end; of all machines but that node's, which is lost (empty: none is).
room_counts counts_of(const rules::room_table& pool, const std::string& lost_node = {});
/// roomsReplicas, or the policy's number for these rooms and their matches, within min and max.
std::int64_t wanted_by(const scheduler& recipe, const room_counts& counts);
/// All but those in error, terminating or terminated.
std::int64_t available(const room_counts& counts);

} // namespace maestro::simulation
