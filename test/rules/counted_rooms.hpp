// Policies and counts of rooms, as the tests of autoscaling write them down.
#pragma once

#include "messages/pool_health.hpp"
#include "messages/scheduler_types.hpp"

#include <chrono>
#include <cstdint>

namespace maestro::rules {

inline constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

inline autoscaling_policy occupancy(double ready_target, double down_threshold = 0.99) {
  return {"roomOccupancy", room_occupancy_policy{ready_target, down_threshold}, {}};
}

inline autoscaling_policy buffer(std::int32_t amount) {
  return {"fixedBuffer", {}, fixed_buffer_policy{amount}};
}

inline room_counts counted(std::int64_t ready, std::int64_t occupied, std::int64_t running) {
  room_counts counts;
  counts.rooms[static_cast<std::size_t>(room_status::ready)] = ready;
  counts.rooms[static_cast<std::size_t>(room_status::occupied)] = occupied;
  counts.running_matches = running;
  return counts;
}

} // namespace maestro::rules
