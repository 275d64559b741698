// ROOM POOL: the one writer of a scheduler's rooms. Event-sourced on the stream `rooms/<scheduler>`; hands its rooms
// out, leases their host ports and owns their GAME ROOM actors. This file is the mailbox: each command goes to its
// rule (actors/rules/room_*), what the rule decides to pool_writer, which carries it out. Spawned and ended by the
// directory.
#pragma once

#include "actors/context.hpp"
#include "actors/room_tally.hpp"
#include "messages/actors.hpp"

namespace maestro {

/// Counts its rooms in `tally`. Handles nothing before its stream is recovered. Allocations wait for the first look at the runtime's list, so
/// that a room that died with the node is not handed out. Ends with an error when the stream cannot be read.
room_pool_actor spawn_room_pool(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& scheduler, room_tally_ptr tally);

} // namespace maestro
