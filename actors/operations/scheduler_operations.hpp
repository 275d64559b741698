// Executors of create_scheduler, delete_scheduler and storage_clean_up (proto/README.md 3.4).
#pragma once

#include "actors/operations/executor_base.hpp"

namespace maestro::operations {

class create_scheduler_executor : public executor_base {
public:
  explicit create_scheduler_executor(const execute_operation& order)
      : executor_base(order), name_(order.recipe.name) {}

  step next(const heard& what, const moment& when);
  /// The scheduler and its place go with the failed (or canceled) creation; the operation stays listed under its
  /// name.
  std::optional<step> roll_back(const moment& when);

private:
  step conclude();
  step undone(const heard& what, const moment& when);

  scheduler_name name_;
  bool is_rolling_back_ = false;
};

// Removes every room with the cause scheduler_deleted, waits until the runtime knows none any more, then ends the
// scheduler. The wait has no end of its own: the runtime kills what outlives its grace period.
class delete_scheduler_executor : public executor_base {
public:
  static constexpr auto poll_interval = std::chrono::milliseconds{200};
  static constexpr int polls_before_repeat = 50;

  explicit delete_scheduler_executor(const execute_operation& order)
      : executor_base(order), name_(order.recipe.name), came_so_far_(order.what.step) {}

  step next(const heard& what, const moment& when);

private:
  step first(const moment& when);
  step remove_all(const moment& when);
  step count_left(const moment& when);
  step wait_or_go_on(const room_counts& counts);
  step conclude(const moment& when);

  scheduler_name name_;
  std::optional<operation_step> came_so_far_;
  int polls_ = 0;
  std::int64_t left_before_ = -1;
};

class storage_clean_up_executor : public executor_base {
public:
  explicit storage_clean_up_executor(const execute_operation& order)
      : executor_base(order), name_(order.recipe.name) {}

  step next(const heard& what, const moment& when);

private:
  scheduler_name name_;
};

} // namespace maestro::operations
