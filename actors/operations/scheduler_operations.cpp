#include "actors/operations/scheduler_operations.hpp"

#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <numeric>

namespace maestro::operations {

// -- create_scheduler ------------------------------------------------------------------------------------------

step create_scheduler_executor::next(const heard& what, const moment& when) {
  if (is_rolling_back_)
    return undone(what, when);
  if (std::holds_alternative<begin>(what))
    return {{}, prepare_scheduler{name_}};
  if (when.is_canceled)
    return finish(operation_status::canceled);
  if (auto* why = std::get_if<failure>(&what))
    return fail(*why);
  if (!std::holds_alternative<done>(what))
    refuse(what);
  return conclude();
}

step create_scheduler_executor::conclude() {
  std::get<create_scheduler_operation>(outcome_.definition).recipe.state = scheduler_phase::in_sync;
  outcome_.transitions.emplace_back(scheduler_state_changed{scheduler_phase::in_sync});
  return finish(operation_status::finished);
}

std::optional<step> create_scheduler_executor::roll_back(const moment&) {
  is_rolling_back_ = true;
  return step{{}, remove_scheduler{name_}};
}

// The scheduler goes in any case: nobody could use it. A place that stays is found empty by the next of that name.
step create_scheduler_executor::undone(const heard& what, const moment& when) {
  auto* why = std::get_if<failure>(&what);
  if (why == nullptr && !std::holds_alternative<done>(what))
    refuse(what);
  return {{}, rolled_back{{scheduler_deleted{when.now}}, why != nullptr ? why->text : ""}};
}

// -- delete_scheduler ------------------------------------------------------------------------------------------

step delete_scheduler_executor::next(const heard& what, const moment& when) {
  return std::visit(
      overloaded{
          [&](const begin&) { return first(when); },
          [&](const rooms_removed&) {
            auto next = count_left(when);
            next.reached = rooms_ending{};
            return next;
          },
          [&](const room_counts& counts) { return wait_or_go_on(counts); },
          [&](const waited&) { return polls_ < polls_before_repeat ? count_left(when) : remove_all(when); },
          [&](const done&) { return conclude(when); },
          [&](const failure& why) { return fail(why); },
          [&](const auto&) -> step { refuse(what); },
      },
      what);
}

// What was reached before a crash is not done again.
step delete_scheduler_executor::first(const moment& when) {
  if (!came_so_far_)
    return remove_all(when);
  return std::visit(overloaded{
                        [&](const auto&) { return remove_all(when); },
                        [&](const rooms_ending&) { return count_left(when); },
                        [&](const place_ending&) {
                          return step{{}, remove_scheduler{name_}};
                        },
                    },
                    *came_so_far_);
}

step delete_scheduler_executor::remove_all(const moment& when) {
  if (when.is_canceled)
    return finish(operation_status::canceled);
  polls_ = 0;
  return {{}, remove_rooms{outcome_.id, {}, 0, removal_cause::scheduler_deleted}};
}

step delete_scheduler_executor::count_left(const moment& when) {
  if (when.is_canceled)
    return finish(operation_status::canceled);
  return {{}, count_rooms{}};
}

step delete_scheduler_executor::wait_or_go_on(const room_counts& counts) {
  auto left = std::accumulate(counts.rooms.begin(), counts.rooms.end(), std::int64_t{0});
  if (left == 0)
    return {{}, remove_scheduler{name_}, place_ending{}};
  step wait{{}, wait_for{poll_interval}};
  if (left != left_before_)
    wait.progress.push_back(fmt::format("waiting for instances to be deleted: {} left", left));
  left_before_ = left;
  ++polls_;
  return wait;
}

step delete_scheduler_executor::conclude(const moment& when) {
  outcome_.transitions.emplace_back(scheduler_deleted{when.now});
  return finish(operation_status::finished);
}

// -- storage_clean_up ------------------------------------------------------------------------------------------

step storage_clean_up_executor::next(const heard& what, const moment& when) {
  if (auto* why = std::get_if<failure>(&what))
    return fail(*why);
  if (std::holds_alternative<operations_purged>(what))
    return finish(operation_status::finished);
  if (!std::holds_alternative<begin>(what))
    refuse(what);
  return {{}, purge_operations{name_, when.now}};
}

} // namespace maestro::operations
