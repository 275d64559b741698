// A scheduler and its recipe as people read them: what `scheduler get` prints.
#pragma once

#include "nodes/cli/answers.hpp"

#include <string>

namespace maestro::cli {

/// `20000-20999`, or `-`.
std::string range_text(const json& range);
/// `info` is its SchedulerInfo, null when there is none; `health` what health_of says.
std::string scheduler_text(const context& ctx, const json& scheduler, const json& info, const std::string& health);

} // namespace maestro::cli
