// SCHEDULER DIRECTORY: which schedulers exist on this node and who owns them. Doors reach everything through it:
// it answers what it knows and delegates the rest to the owner. Spawns and ends each SCHEDULER and its ROOM POOL.
// At the start it recovers every stream `scheduler/…` of the journal; until all reported, requests are refused as
// unavailable.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

local_directory_actor spawn_scheduler_directory(caf::actor_system& system, const actor_context_ptr& context);

} // namespace maestro
