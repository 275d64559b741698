// REMOTE ROOM: stands at a door for a GAME ROOM of another node, so that the door asks it like any other. Holds names
// only; ends with the PEER that it relays through, and when nobody remembers it any more. A room that is not to be asked
// there any more is answered as one that has ended: the door looks again.
#pragma once

#include "messages/cluster_actors.hpp"

namespace maestro {

game_room_actor spawn_remote_room(caf::actor_system& system, const peer_actor& through,
                                  const scheduler_name& scheduler, const room_id& room);

} // namespace maestro
