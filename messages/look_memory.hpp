// What a HEALTH CONTROLLER remembers from one look at its rooms to the next (rules/rooms_plan). In memory only: after a
// start of the node it begins anew. Read by its ROOM POOL when somebody asks why there are so many rooms.
#pragma once

#include "messages/inspect.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// A restarted node tries at once again.
struct replacement_backoff {
  std::int64_t streak = 0;      ///< generations of rooms in a row that died early
  timestamp last_step = never;  ///< when the streak last grew
  timestamp not_before = never; ///< no room is added before this
  std::string why{};            ///< how the last of them ended
};
MAESTRO_INSPECT(replacement_backoff, x.streak, x.last_step, x.not_before, x.why)

/// Every room has its full time anew after a start.
struct silence_brake {
  timestamp since = never; ///< when so many were found silent; `never`: not so
  bool operator==(const silence_brake&) const = default;
};
MAESTRO_INSPECT(silence_brake, x.since)

struct look_memory {
  replacement_backoff backoff;
  silence_brake brake;
  timestamp wanted_at = never; ///< a player was turned away
  timestamp looked_at = never; ///< a plan was last made
  timestamp next_look = never;
  std::int64_t standing = 0; ///< rooms at the last plan, but for those of a surge; 0: not known
};
MAESTRO_INSPECT(look_memory, x.backoff, x.brake, x.wanted_at, x.looked_at, x.next_look, x.standing)

struct get_look_memory {};
MAESTRO_INSPECT_EMPTY(get_look_memory)

} // namespace maestro
