// PEER DOOR: where a node hears its neighbours. Answers for the schedulers of this node, nothing else: what was sent to
// the wrong node is not sent on, so nothing goes in circles. Every answer is its own, so that no other actor is ever
// known to another node. Spawned, published and ended by the node.
#pragma once

#include "actors/cluster/cluster_context.hpp"

namespace maestro {

/// It must be told its directory (`open_peer_door`) before others can have schedulers made here.
peer_door_actor spawn_peer_door(caf::actor_system& system, const cluster_context_ptr& context);

} // namespace maestro
