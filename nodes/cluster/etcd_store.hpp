// CLUSTER STORE on etcd: the actor in front of nodes/cluster/etcd_client, in a thread of its own. Keeps the node's lease,
// and a watch that begins with everything there is and begins again whenever it might have missed something. Spawned and
// ended by the node; its end gives the lease back, so that the others hear at once.
#pragma once

#include "nodes/cluster/etcd_client.hpp"

#include <caf/fwd.hpp>

namespace maestro {

/// Keys stand below `/maestro/<cluster>/`.
cluster_store_actor spawn_etcd_store(caf::actor_system& system, const etcd_config& config,
                                     const std::string& cluster);

} // namespace maestro
