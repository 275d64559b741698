#include "nodes/simulation/room_bound.hpp"

#include "actors/rules/autoscaling_policy.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/version_rules.hpp"

#include <algorithm>

namespace maestro::simulation {

namespace {

bool may_count(const room_record& room) {
  using enum room_status;
  return room.removal == removal_cause::none && !room.validation && room.status != error &&
         room.status != terminating && room.status != terminated;
}

room_counts counts_of(const rules::room_table& pool) {
  room_counts counts;
  for (auto& room : pool.rooms()) {
    if (room.validation || room.removal != removal_cause::none)
      continue;
    ++counts.rooms[static_cast<std::size_t>(room.status)];
    counts.running_matches += std::max<std::int64_t>(room.running_matches, 0);
    counts.allocated_slots += promised_slots(room);
  }
  return counts;
}

std::int64_t wanted_by(const scheduler& recipe, const rules::room_table& pool) {
  if (!recipe.autoscaling || !recipe.autoscaling->enabled)
    return recipe.rooms_replicas;
  auto& scaling = *recipe.autoscaling;
  auto wanted = rules::rooms_by_policy(scaling.policy, counts_of(pool), recipe.max_matches);
  wanted = std::max<std::int64_t>({wanted, scaling.min, 1});
  return scaling.max >= 0 ? std::min<std::int64_t>(wanted, scaling.max) : wanted;
}

bool is_rolling(const rules::scheduler_table& scheduler, const rules::room_table& pool) {
  auto& active = scheduler.recipe();
  return std::any_of(pool.rooms().begin(), pool.rooms().end(), [&](const room_record& room) {
    if (room.validation || room.removal != removal_cause::none || room.version == active.spec.version)
      return false;
    auto own = rules::scheduler_of(scheduler, active.name, room.version);
    return own ? rules::classify_change(*own, active) == rules::change_kind::major
               : !rules::same_major(room.version, active.spec.version);
  });
}

} // namespace

void room_bound::begin_look(const rules::scheduler_table& scheduler, const rules::room_table& pool) {
  most_ = 0;
  left_out_.clear();
  note(scheduler, pool);
}

void room_bound::note(const rules::scheduler_table& scheduler, const rules::room_table& pool) {
  if (!scheduler.exists())
    return;
  auto wanted = wanted_by(scheduler.recipe(), pool);
  auto surge = is_rolling(scheduler, pool) ? rules::surge_rooms(scheduler.recipe().max_surge, wanted) : 0;
  most_ = std::max(most_, wanted + surge);
  std::erase_if(left_out_, [&](auto& id) { return pool.find(id) == nullptr; });
  for (auto& room : pool.rooms())
    if (!may_count(room))
      left_out_.insert(room.id);
}

std::int64_t room_bound::counted(const rules::room_table& pool) const {
  return std::count_if(pool.rooms().begin(), pool.rooms().end(),
                       [&](const room_record& room) { return may_count(room) && !left_out_.contains(room.id); });
}

} // namespace maestro::simulation
