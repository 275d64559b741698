#include "actors/operations/room_operations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace maestro::operations {

// -- add_rooms ------------------------------------------------------------------------------------------------

add_rooms_executor::add_rooms_executor(const execute_operation& order, const add_rooms_operation& wish,
                                       const actor_settings& settings)
    : executor_base(order), wanted_(wish.amount), target_(std::min(wish.amount, settings.add_limit)),
      batch_size_(settings.add_batch_size), version_(order.recipe.spec.version) {
  if (auto* came = order.what.step ? std::get_if<rooms_answered>(&*order.what.step) : nullptr)
    asked_ = came->total;
}

step add_rooms_executor::next(const heard& what, const moment& when) {
  if (auto* why = std::get_if<failure>(&what))
    return fail(*why);
  if (auto* batch = std::get_if<rooms_created>(&what)) {
    total_ = batch->total;
    if (!batch->last_error.empty())
      last_error_ = batch->last_error;
  } else if (!std::holds_alternative<begin>(what)) {
    refuse(what);
  }
  return next_batch(when);
}

step add_rooms_executor::next_batch(const moment& when) {
  if (when.is_canceled)
    return finish(operation_status::canceled);
  if (asked_ >= target_)
    return conclude();
  auto before = asked_;
  asked_ = std::min(asked_ + batch_size_, target_);
  step batch{{}, create_rooms{outcome_.id, asked_, version_}};
  if (has_answered_)
    batch.reached = rooms_answered{before};
  has_answered_ = true;
  return batch;
}

step add_rooms_executor::conclude() {
  auto failed = std::max<std::int64_t>(target_ - total_, 0);
  if (failed > total_)
    return fail({ec::unavailable,
                 fmt::format("more rooms failed than succeeded, errors: {} and successes: {} of amount: {}: {}",
                             failed, total_, wanted_, last_error_)});
  outcome_.history.push_back(fmt::format("added {} rooms", wanted_));
  if (failed > 0)
    outcome_.history.push_back(fmt::format("{} rooms failed: {}", failed, last_error_));
  return finish(operation_status::finished);
}

// -- remove_rooms ---------------------------------------------------------------------------------------------

remove_rooms_executor::remove_rooms_executor(const execute_operation& order, const remove_rooms_operation& wish)
    : executor_base(order), wish_(wish) {}

step remove_rooms_executor::next(const heard& what, const moment&) {
  if (auto* why = std::get_if<failure>(&what))
    return fail(*why);
  if (auto* removed = std::get_if<rooms_removed>(&what))
    return conclude(*removed);
  if (!std::holds_alternative<begin>(what))
    refuse(what);
  return {{}, remove_rooms{outcome_.id, wish_.rooms_ids, wish_.amount, wish_.reason}};
}

step remove_rooms_executor::conclude(const rooms_removed& removed) {
  auto& lines = outcome_.history;
  if (wish_.rooms_ids.empty()) {
    lines.push_back(fmt::format("removed {} rooms", removed.ids.size()));
    if (removed.draining > 0)
      lines.push_back(fmt::format("{} rooms hold players and go when these have left", removed.draining));
  } else {
    std::vector<std::string> ids;
    for (auto& id : removed.ids)
      ids.push_back(id.str());
    lines.push_back(fmt::format("removed rooms: [{}]", fmt::join(ids, " ")));
  }
  if (removed.failures.empty())
    return finish(operation_status::finished);
  lines.insert(lines.end(), removed.failures.begin(), std::prev(removed.failures.end()));
  return fail({ec::unavailable, removed.failures.back()});
}

// -- health_controller ----------------------------------------------------------------------------------------

step health_executor::next(const heard& what, const moment& when) {
  if (auto* why = std::get_if<failure>(&what))
    return fail(*why);
  if (auto* plan = std::get_if<health_plan>(&what)) {
    plan_ = *plan;
    return plan_.spares > 0 ? step{{}, stop_draining{plan_.spares}} : conclude(when);
  }
  if (std::holds_alternative<done>(what))
    return conclude(when);
  if (!std::holds_alternative<begin>(what))
    refuse(what);
  return {{}, run_health_check{recipe_}};
}

step health_executor::conclude(const moment& when) {
  outcome_.follow_ups = plan_.follow_ups;
  outcome_.definition = health_controller_operation{!plan_.follow_ups.empty() || plan_.spares > 0};
  if (!plan_.follow_ups.empty() && !plan_.why.empty())
    outcome_.history.push_back(plan_.why);
  if (plan_.spares > 0)
    outcome_.history.push_back(fmt::format("{} rooms that were to go may stay", plan_.spares));
  if (plan_.downscales)
    outcome_.transitions.emplace_back(scheduler_downscaled{when.now});
  return finish(operation_status::finished);
}

} // namespace maestro::operations
