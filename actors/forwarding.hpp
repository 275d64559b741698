// FORWARDING: the actor that has a scheduler's matchmakers told of its rooms (proto/README.md 6). It owns an EVENT
// FORWARDER (actors/event_forwarder) for every forwarder of the recipe that is enabled, hands pings on to all of them,
// and keeps their places in the rooms' stream in a small stream of its own, `forwarding/<scheduler>`, so that each goes
// on after a restart where it was.
//
// Spawned and ended by the ROOM POOL (actors/room_pool/pool_listeners) of a scheduler that has forwarders.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

#include <caf/fwd.hpp>

namespace maestro {

forwarding_actor spawn_forwarding(caf::actor_system& system, const actor_context_ptr& context,
                                  const scheduler_name& scheduler);

} // namespace maestro
