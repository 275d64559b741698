// Executors of create_new_scheduler_version and switch_active_version (proto/README.md 3.4 and 3.7).
#pragma once

#include "actors/operations/executor_base.hpp"
#include "actors/rules/version_rules.hpp"
#include "messages/settings.hpp"

namespace maestro::operations {

// A version that changes the rooms is tried out by one room, a few times if it must be; then it is stored, and its switch
// is the next operation. While it waits for that room the worker is free for what keeps the scheduler's rooms.
//
//   begin ──minor, or nothing changed──> outcome
//     └─major─> create the room ──> wait, look … ──> remove it ──came up──> outcome
//                  ^                                    └─did not─> next attempt, or failed
class create_version_executor : public executor_base {
public:
  static constexpr auto look_interval = std::chrono::milliseconds{250};
  static constexpr auto first_backoff = std::chrono::milliseconds{100};

  create_version_executor(const execute_operation& order, const create_new_scheduler_version_operation& wish,
                          const actor_settings& settings);

  step next(const heard& what, const moment& when);
  std::optional<step> roll_back(const moment& when);

private:
  step first(const moment& when);
  step start_attempt();
  step created(const rooms_created& answer, const moment& when);
  step failed(const failure& why, const moment& when);
  step look_again(bool is_first);
  step look(const room_view& view);
  step end_attempt(bool came_up, const std::string& line);
  step after_attempt(const moment& when);
  step conclude(const moment& when);

  scheduler wanted_;
  rules::change_kind kind_;
  std::optional<operation_step> came_so_far_;
  std::int64_t looks_ = 1; ///< that one attempt has
  std::int64_t attempts_ = 1;
  bool accepts_occupied_ = false;
  std::int64_t attempt_ = 0; ///< under way, or the last one
  room_id room_;
  std::int64_t looks_left_ = 0; ///< at the room; counted, so that no step of a clock ends an attempt
  bool came_up_ = false;
  bool is_between_attempts_ = false;
  bool is_rolling_back_ = false;
};

// No room changes by it: the control loop replaces those of another make, one surge at a time.
class switch_version_executor : public executor_base {
public:
  switch_version_executor(const execute_operation& order, const switch_active_version_operation& wish)
      : executor_base(order), name_(order.recipe.name), wish_(wish), is_stored_(order.target.has_value()) {}

  step next(const heard& what, const moment& when);

private:
  scheduler_name name_;
  switch_active_version_operation wish_;
  bool is_stored_;
};

} // namespace maestro::operations
