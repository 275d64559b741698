// CLUSTER HOST: the ROOM HOST of a node that is in a cluster. The machines' runtimes as one: a command goes to the machine
// it names, a list is that of all machines that are reached, and says which those are. A machine that could not be looked
// at is never taken for an empty one. Writes which machines take rooms on the node's host board.
#pragma once

#include "actors/host_board.hpp"
#include "messages/cluster_actors.hpp"

#include <memory>

namespace maestro {

/// `here`: this machine's runtime; `self`: its node; `lost_after`: a machine that nobody has reached for so long is lost.
cluster_host_actor spawn_cluster_host(caf::actor_system& system, const room_host_actor& here,
                                      const cluster_member& self, std::shared_ptr<host_board> board,
                                      const node_clock& clock, duration lost_after);

} // namespace maestro
