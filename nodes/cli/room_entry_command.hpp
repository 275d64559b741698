// `maestro room exec` and `maestro room attach`: an operator inside a room of this machine. They speak to no node; what they may
// is what the room's folder lets them. command_line.cpp reads the arguments and hands over through a hook, because its library
// knows no runtime.
#pragma once

#include "nodes/cli/command_line.hpp"

namespace maestro {

/// The exit code: that of the command, 128 and the signal's number where one ended it.
int room_entry_command(const cli::room_entry_options& options, cli::terminal& term);

} // namespace maestro
