// A living room as an operator on its machine enters it: to run a command in it, or to write to its game server's standard
// input. No node is asked, and none can be: what a room is stands in its folder, which is closed to everybody but root and the
// node's user. For nodes/cli/room_entry_command.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/room_child.hpp"

#include <string>

namespace maestro::process {

struct room_to_enter {
  std::string data_dir;
  scheduler_name scheduler;
  room_id room;
  std::string container; ///< empty: the first
};

/// Everything but words and descriptors of a process in it: its folder, user, control groups, and the environment that its game
/// server was started with. Fails where it does not live, or cannot be looked at.
result<room_child> enter_room(const room_to_enter& wish);

/// The writing end of the standard input of its server. Fails where the recipe gives it none (`stdin`), or nobody reads.
result<unique_fd> open_input(const room_to_enter& wish);

/// The file that its output is being captured in.
result<std::string> log_of(const room_to_enter& wish);

} // namespace maestro::process
