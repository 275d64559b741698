// Limits of memory, CPU and processes by control groups, version 2 or 1, where the machine lets us make groups: one
// group for each room, below one parent for the node; and one that holds all of a room's processes, so that they are
// known and ended whatever they do. What works is found out at start by really making a group; `statement`
// says it in one line for the log. A room's limit is the sum of its containers' limits; one unlimited container
// makes it unlimited. Touches only groups of our own making.
#pragma once

#include "messages/error.hpp"
#include "messages/scheduler_types.hpp"
#include "runtime/process/process_config.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace maestro::process {

struct room_limits {
  std::int64_t memory_bytes = 0; ///< 0: unlimited
  std::int64_t cpu_milli = 0;    ///< 0: unlimited
  std::int64_t cpu_request_milli = 0;
  std::uint64_t processes = 0; ///< threads count; 0: unlimited
};

/// Fails naming container, field and value of the first quantity that is none.
result<room_limits> parse_limits(const std::vector<container>& containers);

struct room_group {
  std::vector<std::string> directories; ///< in the order in which they can be removed
  std::vector<std::string> procs;       ///< files that a game server joins
  std::string own;                      ///< the file that the shim joins; empty: none
  std::string members;                  ///< the folder of a group with all of the room's processes; empty: none
  std::string oom_file;
};

class cgroups {
public:
  /// Finds the controllers and tries them. Never fails: what does not work is not used.
  static cgroups probe(const process_host_config& config, const std::string& mark);

  bool limits_memory() const { return !memory_.empty(); }
  bool limits_cpu() const { return !cpu_.empty(); }
  bool limits_processes() const { return !processes_.empty(); }
  /// Whether each room has a group by which its processes are known and ended.
  bool holds_members() const { return !members_.empty(); }
  /// Whether such a group is among these, which were made for a room, perhaps by a former node.
  bool hold_members_of_a_room(const std::vector<std::string>& directories) const;
  const std::string& statement() const { return statement_; }

  result<room_group> make(const std::string& room, const room_limits& limits) const;
  /// Removes groups of rooms that do not live, and the node's own parent groups when that leaves them empty.
  void tidy(const std::set<std::string>& living_rooms) const;
  /// The files that a process joins to be one of a room with these groups.
  static std::vector<std::string> ways_in(const std::vector<std::string>& directories);
  /// Kills whoever is in them: for rooms whose shim is gone.
  static void kill_members(const std::vector<std::string>& directories);
  /// Ends whoever is left in groups of rooms that do not live; answers their names.
  std::vector<std::string> end_strays(const std::set<std::string>& living_rooms) const;
  /// True when none of them is left.
  static bool remove(const std::vector<std::string>& directories);

private:
  static std::vector<std::string> group_names(const std::string& parent);

  std::string memory_; ///< parent directory, empty: not available
  std::string cpu_;
  std::string processes_;
  std::string members_;
  bool unified_ = false;
  std::string statement_;
};

} // namespace maestro::process
