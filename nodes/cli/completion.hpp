// Completion of commands in shells. The scripts know nothing: they call `maestro __complete -- WORDS…` with what has been typed,
// the last word being the one under the cursor, and offer the lines that come back. These are worked out from the tree of
// commands itself; names of schedulers, rooms, operations and versions are asked of the server, which has half a second.
#pragma once

#include "nodes/cli/command_tree.hpp"

#include <string>
#include <vector>

namespace maestro::cli {

/// First word of the call that the scripts make; no command of the tree.
inline constexpr const char* complete_command = "__complete";

/// For bash, zsh or fish.
std::string completion_script(const std::string& shell);

/// What may stand in place of the last word. Never throws for want of a server.
std::vector<std::string> complete(const command_tree& tree, const std::vector<std::string>& words);

} // namespace maestro::cli
