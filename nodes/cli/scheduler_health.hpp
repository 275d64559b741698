// How a scheduler is, in words, as the API says it: `degraded: rooms end early: exit code 3, 4 times in a row, next try in
// 8s`. For `scheduler list`, `scheduler get` and `status`.
#pragma once

#include "nodes/cli/answers.hpp"

namespace maestro::cli {

/// Empty: nothing is wrong with it. `info` is its SchedulerInfo, or any other message with the field `degraded`.
std::string health_of(const json& info, timestamp now);

/// `3/5 ready, 1 error`: rooms by status, those that are none left out.
std::string counts_text(const json& info);

} // namespace maestro::cli
