// GAME ROOM: the actor of one game server. It notes the time of the last ping where its pool reads it, answers
// pings that repeat themselves without asking anybody, and hands every change to its ROOM POOL, who alone writes.
// Spawned and ended by the pool.
#pragma once

#include "actors/context.hpp"
#include "actors/room_pool/room_slot.hpp"
#include "messages/actors.hpp"

namespace maestro {

/// `known` is what is durable at the time of spawning.
game_room_actor spawn_game_room(caf::actor_system& system, const actor_context_ptr& context, room_pool_actor pool,
                                room_slot_ptr slot, const room_changed& known);

} // namespace maestro
