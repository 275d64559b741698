// What /proc says of processes. A process is named by pid and start time, so that a pid that was given to another
// process meanwhile is never signalled.
#pragma once

#include "runtime/process/files.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace maestro::process {

struct process_name {
  pid_t pid = 0;
  std::uint64_t start_time = 0; ///< clock ticks since boot
  bool operator==(const process_name&) const = default;
};

/// A handle of exactly that process; empty when it has ended. A failure when it could not be looked at.
result<unique_fd> open_process(const process_name& name);

/// Whether that folder, and no copy of it, is the process's working directory; false when it has ended.
result<bool> works_in(pid_t pid, const std::string& folder);

/// Every process that the kernel calls so.
result<std::vector<process_name>> find_named(const std::string& command);

/// Users that some process of this machine runs as.
result<std::set<uid_t>> users_of_processes();

/// A handle of a child of ours that was not waited for, whose pid therefore cannot mean another.
unique_fd open_child(pid_t pid);

/// False when it has ended.
bool send_signal(const unique_fd& process, int number);

struct running_process {
  process_name name;
  pid_t parent = 0;
  pid_t session = 0;
  uid_t user = 0;
  bool is_zombie = false;
  std::string command; ///< as the kernel calls it
};

/// Every process but ourselves that can be looked at.
std::vector<running_process> running_processes();

/// False: no living shim that runs as another user is among its ancestors, as they are now. With one it belongs to a room that
/// some node looks after. True also where that could not be looked at, and of a process that has ended.
bool may_descend_from_shim(const running_process& it);

struct marked_process {
  running_process what;
  std::string scheduler;
  std::string room;
};

/// Those whose environment holds MAESTRO_NODE_MARK=<mark>. A room's environment proves nothing: anybody may copy it.
std::vector<marked_process> find_marked(const std::string& mark);

} // namespace maestro::process
