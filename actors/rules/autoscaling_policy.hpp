// How many rooms a policy wants, and whether rooms may go now (proto/README.md 5.3). Pure; asked by rules/rooms_plan for
// each turn of the control loop.
#pragma once

#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"

#include <cstdint>

namespace maestro::rules {

/// Rooms, and matches in them, are counted up to here; sums and products of such numbers are far from overflowing.
constexpr std::int64_t countable_max = 1'000'000'000'000'000;

/// As a count: at least 0, at most countable_max; what is no number is 0.
std::int64_t rounded_up(double number);

/// Rooms that the policy wants for these rooms and matches, before the bounds of the scheduler. Numbers are computed in
/// double from targets that were float32 on the wire: another precision gives other rooms.
std::int64_t rooms_by_policy(const autoscaling_policy& policy, const room_counts& counts,
                             std::int32_t max_matches);

/// The policy's own brake on going down; the cooldown is another one. A policy without its parameters wants nothing and
/// lets nothing go.
bool lets_rooms_go(const autoscaling_policy& policy, const room_counts& counts, std::int32_t max_matches);

} // namespace maestro::rules
