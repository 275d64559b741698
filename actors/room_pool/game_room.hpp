// GAME ROOM: the mirror of one game server. It keeps the time of the last ping, answers pings that repeat
// themselves without asking anybody, and hands every change to its ROOM POOL, who alone writes. Spawned and ended
// by the pool.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

/// `room` is the durable record at the time of spawning.
game_room_actor spawn_game_room(caf::actor_system& system, const actor_context_ptr& context, room_pool_actor pool,
                                const room_record& room);

} // namespace maestro
