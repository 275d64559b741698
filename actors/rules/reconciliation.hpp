// Desired against observed: a room's record beside what the runtime's list says of it. The only place that sees
// both; called by instance_review for every room and every instance.
#pragma once

#include "messages/room_types.hpp"
#include "messages/runtime_types.hpp"

namespace maestro::rules {

struct difference {
  bool is_drifted = false;   ///< the instance's state differs from the record
  bool is_to_create = false; ///< intended, never started: ask the runtime again (it is idempotent)
  bool is_to_end = false;    ///< removal decided, instance still there: ask again
  bool is_gone = false;      ///< had an instance, or is to be removed, and the runtime knows none
};

/// `seen` nullptr: the list has no instance of the room.
difference compare(const room_record& room, const instance* seen);

} // namespace maestro::rules
