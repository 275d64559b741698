// How a scheduler is, in words: `degraded: 2 rooms in error: exit code 3`. What the API says of it, else what its rooms say,
// which are looked at only where fewer of them are up than are wanted. For `scheduler list`, `scheduler get` and `status`.
#pragma once

#include "nodes/cli/answers.hpp"

namespace maestro::cli {

/// Empty: nothing is wrong with it. `info` is its SchedulerInfo.
std::string health_of(const context& ctx, const json& info);
/// What is wrong with these rooms; empty when nothing is.
std::string trouble_of(const std::vector<json>& rooms, timestamp now);

/// `3/5 ready, 1 error`: rooms by status, those that are none left out.
std::string counts_text(const json& info);

} // namespace maestro::cli
