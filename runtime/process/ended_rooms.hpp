// What is left of deleted rooms for a while: their logs, files that their recipe names, and a record of their end, in
// <data>/ended. The janitor
// keeps them bounded.
#pragma once

#include "runtime/process/janitor.hpp"
#include "runtime/process/room_layout.hpp"

#include <string>

namespace maestro::process {

struct room_end {
  timestamp at = never;
  std::string cause; ///< why it was deleted
  std::string how;   ///< how its processes ended
};

/// Moves the room's folder there, without its work, or with it where there is something to gather: the janitor then takes out
/// the files that match one of `artifacts`. To the trash where that cannot be done.
void keep_ended_room(const room_layout& layout, janitor& trash, const room_identity& room, const room_end& end,
                     const std::vector<std::string>& artifacts);

/// The container that logs are read from when none is named; empty when there is no such ended room.
std::string first_container_of_ended(const room_layout& layout, const scheduler_name& scheduler,
                                     const room_id& id);

} // namespace maestro::process
