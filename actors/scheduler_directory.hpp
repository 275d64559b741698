// SCHEDULER DIRECTORY: which schedulers exist on this node and who owns them. Doors reach everything through it:
// it answers what it knows and delegates the rest to the owner. Spawns and ends each SCHEDULER and its ROOM POOL.
// A node that stands alone recovers every stream `scheduler/…` of the journal at the start; until all reported, requests
// are refused as unavailable. In a cluster the CLUSTER DIRECTORY says which of them this node owns, with their epochs;
// whoever asks for another one is told that it is not this node's (`deposed`), and nothing was done.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

enum class recovery : std::uint8_t { of_all, of_adopted };

local_directory_actor spawn_scheduler_directory(caf::actor_system& system, const actor_context_ptr& context,
                                                recovery what = recovery::of_all);

} // namespace maestro
