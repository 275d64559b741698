// What a room's folder and the system say of a room, without touching anything: for a node that starts, before it
// decides, and for the supervisor when a shim says something new. What is not there is told from what could not be
// looked at (no descriptor, no permission, a bad disk): that is a failure which names the thing, and nobody may take
// it for an end. A shim counts as the room's only when it is proven: the process that the state names by pid and
// start time, or that calls itself a shim, and whose working directory is this very folder (not a copy of it).
#pragma once

#include "runtime/process/files.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <optional>
#include <string>
#include <vector>

namespace maestro::process {

struct stop_request {
  std::int64_t grace_ms = 0;
  std::string cause;
};

struct seen_room {
  scheduler_name scheduler;
  room_id id;
  std::optional<room_identity> identity; ///< none: there is none, or it is no such text
  std::optional<shim_state> state;       ///< the same
  std::optional<stop_request> stop;
  unique_fd shim; ///< of the living, proven shim
  pid_t pid = 0;
  bool lives_elsewhere = false; ///< the shim that the state names lives, but in another folder: this one is a copy
  bool is_locked = false;       ///< somebody holds its lock
};

result<std::optional<shim_state>> look_at_state(const std::string& room_directory);

/// All of them, in the order of their ids. Waits two seconds at most for shims that have just been started.
result<std::vector<seen_room>> look_at_rooms(const room_layout& layout);

} // namespace maestro::process
