#include "nodes/simulation/room_bound.hpp"

#include "actors/rules/rooms_plan.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/version_rules.hpp"
#include "nodes/simulation/wanted_rooms.hpp"

#include <algorithm>

namespace maestro::simulation {

namespace {

// For the look that begins: a room in error may yet come back, and keeps its place until its loss is decided.
bool may_stand(const room_record& room) {
  using enum room_status;
  return room.removal == removal_cause::none && !room.validation && room.status != terminating &&
         room.status != terminated;
}

bool may_count(const room_record& room) {
  return may_stand(room) && room.status != room_status::error;
}

// One at least where a player may have been turned away.
std::int64_t most_wanted(const scheduler& recipe, const rules::room_table& pool) {
  auto wanted = wanted_by(recipe, counts_of(pool));
  if (!recipe.autoscaling || !recipe.autoscaling->enabled || recipe.autoscaling->max == 0)
    return wanted;
  return std::max<std::int64_t>(wanted, 1);
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
  auto* scaling =
      scheduler.exists() && scheduler.recipe().autoscaling ? &*scheduler.recipe().autoscaling : nullptr;
  bool has_policy = scaling != nullptr && scaling->enabled;
  there_ = has_policy ? std::count_if(pool.rooms().begin(), pool.rooms().end(), may_stand) : 0;
  note(scheduler, pool);
}

void room_bound::note(const rules::scheduler_table& scheduler, const rules::room_table& pool) {
  if (!scheduler.exists())
    return;
  auto wanted = most_wanted(scheduler.recipe(), pool);
  if (is_rolling(scheduler, pool)) {
    wanted = std::max(wanted, there_);
    wanted += rules::surge_rooms(scheduler.recipe().max_surge, wanted);
  }
  most_ = std::max(most_, wanted);
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
