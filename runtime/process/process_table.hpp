// What /proc says of processes. A process is named by pid and start time, so that a pid that was given to another
// process meanwhile is never signalled.
#pragma once

#include "runtime/process/files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace maestro::process {

struct process_name {
  pid_t pid = 0;
  std::uint64_t start_time = 0; ///< clock ticks since boot
  bool operator==(const process_name&) const = default;
};

/// None when there is no such process, or only its zombie.
std::optional<process_name> find_process(pid_t pid);

/// A handle of exactly that process; invalid when it has ended.
unique_fd open_process(const process_name& name);

/// A handle of a child of ours that was not waited for, whose pid therefore cannot mean another.
unique_fd open_child(pid_t pid);

/// False when it has ended.
bool send_signal(const unique_fd& process, int number);

struct marked_process {
  process_name name;
  std::string scheduler;
  std::string room;
  std::string command; ///< as the kernel calls it
};

/// Every process (but ourselves) whose environment holds MAESTRO_NODE_MARK=<mark>.
std::vector<marked_process> find_marked(const std::string& mark);

} // namespace maestro::process
