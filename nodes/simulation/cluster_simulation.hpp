// `maestro simulate --nodes=3`: whole nodes of one cluster in one thread under virtual time, each an actor system of its
// own, with one simulated store and network between them. Clients ask any of them; processes end, freeze and are cut off;
// after every step the invariants of a node hold for what the cluster has made durable, and those of a cluster: G10, G11
// (nodes/simulation/cluster_truth), G12 no instance is ended on the word of a former owner, and, when all is healed, G13:
// every scheduler has an owner, and every door answers for it.
#pragma once

#include "nodes/simulation/simulation.hpp"

namespace maestro::simulation {

/// Stops at the first violation.
simulation_report simulate_cluster(const simulation_options& options);

} // namespace maestro::simulation
