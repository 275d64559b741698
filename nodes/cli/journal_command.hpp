// `maestro journal inspect DIR` and `maestro journal repair DIR`: an operator's look at a journal that no node has
// open, and the repair of its damaged log. Speaks to no server. command_line.cpp reads the arguments and hands over
// through a hook, because its library knows no storage.
#pragma once

#include "nodes/cli/command_line.hpp"

namespace maestro {

int journal_command(const cli::journal_options& options, cli::terminal& term);

} // namespace maestro
