// What game servers report for matchmakers, and what those actors ask of one another that tell them (messages/actors.hpp
// says who understands what). Like messages/commands.hpp, whose values they use.
#pragma once

#include "messages/commands.hpp"
#include "messages/forwarding_types.hpp"
#include "messages/shared_value.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// From a game server, for matchmakers (routes R2, R3, R4). Answered when it is durable, at once where nobody is to be
/// told, and with the original's text where it cannot be told.
struct report_room_event {
  scheduler_name scheduler;
  room_id room;
  report_kind kind = report_kind::room_event;
  std::string word;
  std::string attributes; ///< a JSON object
};
MAESTRO_INSPECT(report_room_event, x.scheduler, x.room, x.kind, x.word, x.attributes)

/// From a ROOM POOL, at its start and when the forwarders have changed: who is to be told of its rooms. Those that are
/// new hear of what comes after sequence `now` of the pool's stream. Answered when everybody's place is durable.
struct follow_forwarders {
  scheduler recipe;
  std::uint64_t now = 0;
};
MAESTRO_INSPECT(follow_forwarders, x.recipe, x.now)

/// From FORWARDING to one EVENT FORWARDER: its part of the recipe is another one now.
struct change_forwarder {
  scheduler recipe;
  std::uint32_t place = 0; ///< in recipe.forwarders
};
MAESTRO_INSPECT(change_forwarder, x.recipe, x.place)

/// A ping that succeeded, after the events of the stream up to `after`.
struct resync_room {
  ping_status status = ping_status::unknown;
  std::string metadata; ///< a JSON object
  shared_value<told_room> room;
  std::uint64_t after = 0;
};
MAESTRO_INSPECT(resync_room, x.status, x.metadata, x.room, x.after)

/// From an EVENT FORWARDER: everything up to there was told or is lost.
struct cursor_moved {
  forwarder_cursor to;
};
MAESTRO_INSPECT(cursor_moved, x.to.name, x.to.address, x.to.number, x.to.sequence)

} // namespace maestro
