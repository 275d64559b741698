// Why a scheduler is not as it should be, and when that ends. Judged by its HEALTH CONTROLLER (rules/degradation), kept
// by its ROOM POOL beside the counts of the rooms, read there by whoever shows schedulers.
#pragma once

#include "messages/inspect.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace maestro {

struct scheduler_condition {
  std::string reason;         ///< for people; empty: all is well
  std::int64_t failures = 0;  ///< generations of rooms in a row that died early; 0: none, or not what is wrong
  timestamp next_try = never; ///< when rooms are added again; never: it is not held back
  std::int64_t wanted = 0;    ///< rooms; with so many up and none in error all is well again
  bool operator==(const scheduler_condition&) const = default;
};
MAESTRO_INSPECT(scheduler_condition, x.reason, x.failures, x.next_try, x.wanted)

} // namespace maestro
