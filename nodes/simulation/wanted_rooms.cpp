#include "nodes/simulation/wanted_rooms.hpp"

#include "actors/rules/autoscaling_policy.hpp"

#include <algorithm>
#include <numeric>

namespace maestro::simulation {

room_counts counts_of(const rules::room_table& pool, const std::string& lost_node) {
  room_counts counts;
  for (auto& room : pool.rooms()) {
    bool is_lost = !lost_node.empty() && room.placed_on == lost_node;
    if (is_lost || room.validation || room.removal != removal_cause::none)
      continue;
    ++counts.rooms[static_cast<std::size_t>(room.status)];
    counts.running_matches += counted_matches(room);
    counts.allocated_slots += promised_slots(room);
  }
  return counts;
}

std::int64_t wanted_by(const scheduler& recipe, const room_counts& counts) {
  if (!recipe.autoscaling || !recipe.autoscaling->enabled)
    return recipe.rooms_replicas;
  auto& scaling = *recipe.autoscaling;
  auto wanted = rules::rooms_by_policy(scaling.policy, counts, recipe.max_matches);
  wanted = std::max<std::int64_t>(wanted, scaling.min);
  return scaling.max >= 0 ? std::min<std::int64_t>(wanted, scaling.max) : wanted;
}

std::int64_t available(const room_counts& counts) {
  using enum room_status;
  return std::accumulate(counts.rooms.begin(), counts.rooms.end(), std::int64_t{0}) - counts.of(error) -
         counts.of(terminating) - counts.of(terminated);
}

} // namespace maestro::simulation
