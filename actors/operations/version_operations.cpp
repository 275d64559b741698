#include "actors/operations/version_operations.hpp"

#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::operations {

namespace {

std::string attempt_line(std::int64_t number, const std::string& what) {
  return fmt::format("{}º Attempt: {}", number, what);
}

} // namespace

// -- create_new_scheduler_version ------------------------------------------------------------------------------

create_version_executor::create_version_executor(const execute_operation& order,
                                                 const create_new_scheduler_version_operation& wish,
                                                 const actor_settings& settings)
    : executor_base(order), wanted_(wish.recipe), kind_(rules::classify_change(order.recipe, wish.recipe)),
      came_so_far_(order.what.step),
      looks_(std::max<std::int64_t>(settings.room_validation_timeout / look_interval, 1)),
      attempts_(std::max<std::int64_t>(settings.room_validation_attempts, 1)),
      accepts_occupied_(settings.room_validation_accepts_occupied) {
  if (auto* waiting = came_so_far_ ? std::get_if<validation_waiting>(&*came_so_far_) : nullptr)
    room_ = waiting->room;
}

step create_version_executor::next(const heard& what, const moment& when) {
  if (is_rolling_back_)
    return {{}, rolled_back{{scheduler_state_changed{scheduler_phase::in_sync}}, {}}};
  if (auto* made = std::get_if<rooms_created>(&what); made != nullptr && !made->validation_room.empty())
    room_ = made->validation_room;
  if (when.is_canceled)
    return finish(operation_status::canceled);
  return std::visit(overloaded{
                        [&](const begin&) { return first(when); },
                        [&](const rooms_created& answer) { return created(answer, when); },
                        [&](const waited&) {
                          return is_between_attempts_ ? start_attempt() : step{{}, get_room{wanted_.name, room_}};
                        },
                        [&](const room_view& view) { return look(view); },
                        [&](const rooms_removed&) { return after_attempt(when); },
                        [&](const failure& why) { return failed(why, when); },
                        [&](const auto&) -> step { refuse(what); },
                    },
                    what);
}

step create_version_executor::first(const moment& when) {
  if (kind_ == rules::change_kind::none) {
    outcome_.history.push_back(
        fmt::format("no change found: version {} stays the active one", wanted_.spec.version));
    outcome_.transitions.emplace_back(scheduler_state_changed{scheduler_phase::in_sync});
    return finish(operation_status::finished);
  }
  if (kind_ == rules::change_kind::minor)
    return conclude(when);
  if (auto* waiting = came_so_far_ ? std::get_if<validation_waiting>(&*came_so_far_) : nullptr) {
    attempt_ = waiting->number;
    return {{}, create_rooms{outcome_.id, 0, wanted_.spec.version, true, wanted_}};
  }
  if (auto* over = came_so_far_ ? std::get_if<validation_over>(&*came_so_far_) : nullptr)
    attempt_ = std::min(over->number, attempts_ - 1);
  auto begun = start_attempt();
  begun.progress.push_back(
      fmt::format("major change detected: a game room tries out version {} first", wanted_.spec.version));
  return begun;
}

step create_version_executor::start_attempt() {
  ++attempt_;
  is_between_attempts_ = false;
  room_ = {};
  return {{}, create_rooms{outcome_.id, 1, wanted_.spec.version, true, wanted_}};
}

step create_version_executor::created(const rooms_created& answer, const moment& when) {
  looks_left_ = looks_;
  return room_.empty() ? failed({ec::unknown, answer.last_error}, when) : look_again(true);
}

// The room was never made, or is gone, or the runtime does not end it: what is left of it the control loop finds.
step create_version_executor::failed(const failure& why, const moment& when) {
  if (is_between_attempts_)
    return after_attempt(when);
  if (!room_.empty())
    return end_attempt(false, attempt_line(attempt_, why.text));
  auto next = after_attempt(when);
  next.progress.push_back(attempt_line(attempt_, fmt::format("the game room could not be created: {}", why.text)));
  return next;
}

step create_version_executor::look_again(bool is_first) {
  step wait{{}, wait_for{look_interval, true}};
  if (is_first)
    wait.reached = validation_waiting{attempt_, room_};
  return wait;
}

step create_version_executor::look(const room_view& view) {
  using enum room_status;
  auto& room = view.room;
  bool has_players = room.status == occupied || room.status == active;
  if (room.status == ready || (has_players && accepts_occupied_))
    return end_attempt(true, attempt_line(attempt_, fmt::format("the game room {} came up", room.id.str())));
  if (room.status == error || room.status == terminating || room.status == terminated)
    return end_attempt(false, attempt_line(attempt_, fmt::format("the game room {} is {}: {}", room.id.str(),
                                                                 to_string(room.status), room.status_reason)));
  if (--looks_left_ > 0)
    return look_again(false);
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(looks_ * look_interval).count();
  return end_attempt(false,
                     attempt_line(attempt_, fmt::format("the game room {} is {} after {} s, which is too long",
                                                        room.id.str(), to_string(room.status), seconds)));
}

step create_version_executor::end_attempt(bool came_up, const std::string& line) {
  came_up_ = came_up;
  is_between_attempts_ = true;
  step ending{{line}, remove_rooms{outcome_.id, {room_}, 0, removal_cause::new_version_validation_finished}};
  ending.reached = validation_over{attempt_};
  return ending;
}

step create_version_executor::after_attempt(const moment& when) {
  is_between_attempts_ = true;
  if (came_up_)
    return conclude(when);
  if (attempt_ >= attempts_)
    return fail({ec::failed_precondition, "all validation attempts have failed, the operation is aborted"});
  auto doublings = std::min<std::int64_t>(attempt_ - 1, 6);
  return {{}, wait_for{first_backoff * (1 << doublings)}};
}

step create_version_executor::conclude(const moment& when) {
  outcome_.transitions.emplace_back(scheduler_version_added{wanted_, when.now});
  outcome_.follow_ups.push_back({switch_active_version_operation{wanted_.spec.version}, true});
  return finish(operation_status::finished);
}

// What tried out the version goes, and the scheduler is what it was.
std::optional<step> create_version_executor::roll_back(const moment&) {
  is_rolling_back_ = true;
  if (room_.empty())
    return step{{}, rolled_back{{scheduler_state_changed{scheduler_phase::in_sync}}, {}}};
  return step{{}, remove_rooms{outcome_.id, {room_}, 0, removal_cause::new_version_rollback}};
}

// -- switch_active_version -------------------------------------------------------------------------------------

step switch_version_executor::next(const heard& what, const moment& when) {
  if (!std::holds_alternative<begin>(what))
    refuse(what);
  if (is_stored_)
    outcome_.transitions.emplace_back(active_version_switched{wish_.new_active_version, when.now});
  outcome_.transitions.emplace_back(scheduler_state_changed{scheduler_phase::in_sync});
  if (!is_stored_)
    return fail({ec::not_found, fmt::format("error fetching scheduler version to be switched to: scheduler {} not "
                                            "found in version {}",
                                            name_.str(), wish_.new_active_version)});
  return finish(operation_status::finished);
}

} // namespace maestro::operations
