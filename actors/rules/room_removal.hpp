// How rooms end: the decision becomes durable with its cause, then the runtime is asked; the room's record goes
// when the runtime reports the end of its instance. Called by the room pool when the room's turn has come.
#pragma once

#include "actors/rules/pool_view.hpp"
#include "actors/rules/removal_order.hpp"

#include <optional>

namespace maestro::rules {

/// One room of a remove_rooms command. `spare_players`: it was chosen by priority, not named.
struct remove_room {
  room_id id;
  removal_cause cause = removal_cause::none;
  operation_id operation;
  batch_number batch = 0;
  bool spare_players = false;
  timestamp last_sign = never; ///< of life, when its turn has come: its last ping, else its creation
};

enum class removal_verdict : std::uint8_t {
  asked,  ///< the runtime is asked to end it
  gone,   ///< there is no such room any more
  spared, ///< it is no longer over its time
  drains, ///< it holds players: it takes no new match, and goes later
};
std::string to_string(removal_verdict verdict);

/// Which rooms removal by amount has still to remove or to drain, when every room that it `concerns` has been offered: at
/// most `limit` of them, which is settings.remove_limit for an operation.
removal_order chosen_rooms(const pool_view& pool, const remove_rooms& command, std::int64_t limit);

/// A replacement is about rooms of another make than the active version's only.
bool concerns(const pool_view& pool, removal_cause cause, const room_record& room);

/// The room's turn: it may take matches again. No events when it does not drain.
pool_decision<done> decide_drain_end(const pool_view& pool, const room_id& id);

/// Decided when the room's turn comes: since the command came it may be gone, or hold players.
pool_decision<removal_verdict> decide_removal(const pool_view& pool, const remove_room& command);

/// What the host answered to ask_for_end; an instance it does not know ends the room.
pool_decision<done> decide_end_answer(const ask_for_end& asked, const std::optional<failure>& refusal);

/// The room's record goes; its ports are free, its game room ends, and a room that nobody asked to end is a loss.
pool_decision<done> decide_end(const pool_view& pool, const end_room& over);

/// An instance without a room.
std::vector<pool_effect> end_of_orphan(const room_id& id);

/// How long the runtime lets the room's processes end by themselves.
duration grace_of(const pool_view& pool, const room_id& id);

room_lost loss_of(const room_record& room, const std::string& reason);

} // namespace maestro::rules
