// `maestro backup FOLDER` and `maestro restore FOLDER --data-dir D`: a node's state, taken away while it runs and put
// somewhere else. The running node is asked at its internal door for a checkpoint; what happens with it is
// nodes/journal/journal_backup. command_line.cpp hands over through hooks, because its library knows no storage.
#pragma once

#include "nodes/cli/command_line.hpp"

namespace maestro {

int backup_command(const cli::backup_options& options, cli::terminal& term);
int restore_command(const cli::restore_options& options, cli::terminal& term);

} // namespace maestro
