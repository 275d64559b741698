// What becomes known of a game server that does not ping and is asked instead (actors.hpp, PROBER): an answer is a ping_room, and
// this is what there is besides.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"

#include <string>

namespace maestro {

/// From who asks a game server that does not ping: no answer came, often enough to say so. `could_not_look`: nobody knows
/// whether one would have come, for the node itself could not ask; the room is given time.
struct report_silence {
  std::string reason;
  bool could_not_look = false;
};
MAESTRO_INSPECT(report_silence, x.reason, x.could_not_look)

/// The same, where it may change something, handed on by the room's actor to its pool.
struct observe_silence {
  room_id id;
  std::string reason;
};
MAESTRO_INSPECT(observe_silence, x.id, x.reason)

} // namespace maestro
