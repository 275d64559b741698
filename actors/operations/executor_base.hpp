// What all executors share: the outcome they fill, and the steps that end a run. For actors/operations only.
#pragma once

#include "actors/operations/executor_step.hpp"
#include "messages/assert.hpp"

#include <optional>

namespace maestro::operations {

class executor_base {
public:
  explicit executor_base(const execute_operation& order) {
    outcome_.id = order.what.id;
    outcome_.definition = order.what.definition;
  }

  /// Most operations leave nothing to undo: what they did is true, and the control loop mends what is missing.
  std::optional<step> roll_back(const moment&) { return {}; }

protected:
  step finish(operation_status status) {
    outcome_.status = status;
    return {{}, outcome_};
  }
  step fail(const failure& why) {
    outcome_.history.push_back(why.text);
    outcome_.error = operation_error{to_string(why.code), why.text};
    return finish(operation_status::error);
  }
  /// An answer to a question that was not asked.
  [[noreturn]] void refuse(const heard& what) const {
    MAESTRO_ASSERT(false, "operation {} heard answer {} to no question", outcome_.id.str(), what.index());
    std::abort();
  }

  operation_outcome outcome_;
};

} // namespace maestro::operations
