// CAF 0.17 makes a node's identity of its network cards, its root disk and its process number: containers of one image
// have the same one, and a restarted container has its former one, so that old handles would mean new actors. This
// module draws one by chance instead. Loaded by a node that is in a cluster, before its system starts.
#pragma once

#include <caf/actor_system_config.hpp>

namespace maestro {

/// Loads CAF's network, with a heartbeat, and the module.
void load_network(caf::actor_system_config& config);

} // namespace maestro
