// How a process that the node or an operator starts inside a room becomes one of the room's: its control groups, its user, its
// folder, its bounds. For the probe `exec` and for `maestro room exec`; the game servers themselves are the shim's
// (shim/launch.c), which does the same in its own way.
#pragma once

#include "runtime/process/room_layout.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace maestro::process {

struct room_child {
  std::string folder;                       ///< its owner is who the process becomes
  std::vector<std::string> groups;          ///< cgroup.procs files to join
  std::vector<std::string> words;           ///< the first is looked for along PATH
  std::vector<std::string> environment;     ///< NAME=value
  std::uint64_t processes = 1024;           ///< that its user may have, where that is not our own
  std::uint64_t processor_seconds = 0;      ///< 0: no bound
  std::uint64_t file_bytes = 0;             ///< likewise
  int input = -1, output = -1, errors = -1; ///< descriptors; -1: nothing
  bool has_terminal = false;                ///< `input` is a terminal, and is to be its own
};

/// Ends with 127 where it cannot begin.
constexpr int cannot_begin = 127;

/// What `fork` answers, with errno where it fails; the child never comes back.
pid_t start_in_room(const room_child& plan);

/// Whether it was started so by this process, and neither reaped nor left since: whoever looks for strays among our children
/// leaves it alone. From any thread.
bool is_room_child(pid_t pid);

/// Never waits: false as long as its end is not ours to see, which a process of the room that traces it can put off for as
/// long as it likes.
bool reap_room_child(pid_t pid);

/// Who has started it does not wait for its end any more; it is a stray of its room from now on.
void leave_room_child(pid_t pid);

} // namespace maestro::process
