// Before matches end: the operator is told what they are about to do and asked. Where nobody can be asked (a script), it
// is refused unless `--yes` was said.
#pragma once

#include "nodes/cli/answers.hpp"

namespace maestro::cli {

/// Throws `failure`: exit_usage when there is no terminal to ask on, exit_refused when the answer is no.
void confirm(const context& ctx, const std::string& what, bool yes);

/// Rooms of the scheduler that hold players; 0 when it does not exist.
std::size_t rooms_with_players(const context& ctx, const std::string& scheduler);

} // namespace maestro::cli
