#include "actors/rules/autoscaling_policy.hpp"

#include <cmath>
#include <numeric>

namespace maestro::rules {

namespace {

// What was handed out are matches that have not begun.
double matches_in(const room_counts& counts) {
  return static_cast<double>(counts.running_matches) + static_cast<double>(counts.allocated_slots);
}

// In double: whatever a recipe of an older journal says, a product of its numbers is too large at worst.
std::int64_t by_occupancy(const room_occupancy_policy& policy, const room_counts& counts,
                          std::int32_t max_matches) {
  auto matches = rounded_up(matches_in(counts) / (1.0 - policy.ready_target));
  return rounded_up(static_cast<double>(matches) / max_matches);
}

bool lets_go_by_occupancy(const room_occupancy_policy& policy, const room_counts& counts,
                          std::int32_t max_matches) {
  using enum room_status;
  auto rooms = counts.of(ready) + counts.of(active) + counts.of(occupied) + counts.of(allocated);
  auto free = static_cast<double>(rooms) * max_matches - static_cast<double>(counts.running_matches);
  auto wanted = by_occupancy(policy, counts, max_matches);
  auto wanted_free = std::ceil(static_cast<double>(wanted) * max_matches * policy.ready_target);
  return wanted_free / free <= policy.down_threshold; // 0/0 is false, as is x/0
}

std::int64_t by_buffer(const fixed_buffer_policy& policy, const room_counts& counts) {
  return counts.of(room_status::occupied) + counts.of(room_status::allocated) + policy.amount;
}

bool lets_go_by_buffer(const fixed_buffer_policy& policy, const room_counts& counts) {
  auto all = std::accumulate(counts.rooms.begin(), counts.rooms.end(), std::int64_t{0});
  return all - counts.of(room_status::terminating) - counts.of(room_status::error) > by_buffer(policy, counts);
}

} // namespace

std::int64_t rounded_up(double number) {
  if (!(number > 0))
    return 0;
  return number < static_cast<double>(countable_max) ? static_cast<std::int64_t>(std::ceil(number))
                                                     : countable_max;
}

std::int64_t rooms_by_policy(const autoscaling_policy& policy, const room_counts& counts,
                             std::int32_t max_matches) {
  if (policy.type == "roomOccupancy" && policy.room_occupancy)
    return by_occupancy(*policy.room_occupancy, counts, max_matches);
  if (policy.type == "fixedBuffer" && policy.fixed_buffer)
    return by_buffer(*policy.fixed_buffer, counts);
  return 0;
}

bool lets_rooms_go(const autoscaling_policy& policy, const room_counts& counts, std::int32_t max_matches) {
  if (policy.type == "roomOccupancy" && policy.room_occupancy)
    return lets_go_by_occupancy(*policy.room_occupancy, counts, max_matches);
  if (policy.type == "fixedBuffer" && policy.fixed_buffer)
    return lets_go_by_buffer(*policy.fixed_buffer, counts);
  return false;
}

} // namespace maestro::rules
