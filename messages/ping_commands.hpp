// How a game server is, on the way to its GAME ROOM and from there to the ROOM POOL: what it says itself (pings), or what is found out
// by asking it (actors.hpp, PROBER), where an answer is a ping as well.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/room_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// From a game server. `running_matches` as sent, except occupied with none, which counts as 1 (proto/README.md
/// 1.6).
/// `metadata`: a JSON object, for matchmakers; empty where the sender knows of none that want it.
struct ping_room {
  ping_status status = ping_status::unknown;
  std::int64_t running_matches = 0;
  std::string metadata{};
};
MAESTRO_INSPECT(ping_room, x.status, x.running_matches, x.metadata)

/// A ping that changes what is durable, handed on by the room's actor to its pool, answered with ping_result.
struct observe_ping {
  room_id id;
  ping_status status = ping_status::unknown;
  std::int64_t running_matches = 0;
  std::string metadata{};
};
MAESTRO_INSPECT(observe_ping, x.id, x.status, x.running_matches, x.metadata)

/// `wants_metadata`: matchmakers are told of the room's pings, so the next one should bring its metadata.
struct ping_result {
  bool success = false;
  bool wants_metadata = false;
};
MAESTRO_INSPECT(ping_result, x.success, x.wants_metadata)

/// What is durable of a room, as far as its actor has to know it to answer pings that change nothing; the pool tells
/// it after every change.
struct room_changed {
  room_status status = room_status::pending;
  ping_status ping = ping_status::unknown;
  std::int64_t running_matches = 0;
  timestamp allocated_at = never;
  bool has_promises = false; ///< an allocation holds it, or slots of it
  bool is_silent = false;    ///< it was asked and does not answer
};

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
