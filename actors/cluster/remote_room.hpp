// REMOTE ROOM: stands at a door for a GAME ROOM of another node, so that the door asks it like any other. Holds names
// only; ends with the PEER that it relays through, when nobody remembers it any more, and when the room is not to be asked
// there any more: the door looks again then, as for a game room that has ended.
#pragma once

#include "messages/cluster_actors.hpp"

namespace maestro {

game_room_actor spawn_remote_room(caf::actor_system& system, const peer_actor& through,
                                  const scheduler_name& scheduler, const room_id& room);

} // namespace maestro
