// CLUSTER PROBER: whoever asks the rooms of a node that is in a cluster. A game server is asked on its own machine, whoever
// owns its room: what is asked need not be reachable from elsewhere, and commands and logs are there only. What is found is
// told to the room's GAME ROOM, which lives with the owner.
#pragma once

#include "messages/cluster_actors.hpp"

#include <cstdint>

namespace maestro {

/// `here`: this machine's prober; `events`: what its runtime publishes; `rooms_limit`: of other nodes that are asked here.
cluster_prober_actor spawn_cluster_prober(caf::actor_system& system, const prober_actor& here,
                                          const runtime_events_actor& events, const cluster_member& self,
                                          std::uint64_t rooms_limit);

} // namespace maestro
