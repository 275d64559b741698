// Executors of add_rooms, remove_rooms and health_controller (proto/README.md 3.8 and 5.1).
#pragma once

#include "actors/operations/executor_base.hpp"
#include "messages/settings.hpp"

namespace maestro::operations {

// Batches one after another; each asks for the cumulative number, so a resumed operation goes on after the last
// batch that was answered.
class add_rooms_executor : public executor_base {
public:
  add_rooms_executor(const execute_operation& order, const add_rooms_operation& wish,
                     const actor_settings& settings);

  step next(const heard& what, const moment& when);

private:
  step next_batch(const moment& when);
  step conclude();

  std::int64_t wanted_ = 0;
  std::int64_t target_ = 0; ///< wanted, as far as one operation goes
  std::int64_t batch_size_ = 0;
  std::string version_;
  std::int64_t asked_ = 0;
  bool has_answered_ = false; ///< the batch before, in this life
  std::int64_t total_ = 0;    ///< created so far, by every run of this operation
  std::string last_error_;
};

// How many of the amount one operation begins with is the pool's to say (rules/removal_order).
class remove_rooms_executor : public executor_base {
public:
  remove_rooms_executor(const execute_operation& order, const remove_rooms_operation& wish);

  step next(const heard& what, const moment& when);

private:
  step conclude(const rooms_removed& removed);

  remove_rooms_operation wish_;
};

// What is missing or too much becomes operations that follow this one; rooms that drain and are wanted again are spared
// by this one.
class health_executor : public executor_base {
public:
  explicit health_executor(const execute_operation& order) : executor_base(order), recipe_(order.recipe) {}

  step next(const heard& what, const moment& when);

private:
  step conclude(const moment& when);

  scheduler recipe_;
  health_plan plan_;
};

} // namespace maestro::operations
