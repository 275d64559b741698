// PEER: one neighbour. Connects to its PEER DOOR, again and again while it is in the cluster, and is the only actor that
// sends there. Whatever waits for the neighbour when the link breaks is answered `unavailable` at once. Spawned and
// ended by the CLUSTER DIRECTORY, which it tells of its link.
#pragma once

#include "actors/cluster/cluster_context.hpp"

namespace maestro {

/// `whom` as the neighbour described itself; one that is another when it is reached is refused.
peer_actor spawn_peer(caf::actor_system& system, const cluster_context_ptr& context, const cluster_member& whom,
                      const cluster_directory_actor& owner);

} // namespace maestro
