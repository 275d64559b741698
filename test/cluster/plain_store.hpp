// CLUSTER STORE of one node on a simulated agreement, with nothing between the two: it answers at once, or not at all.
#pragma once

#include "nodes/simulation/simulated_store.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

cluster_store_actor spawn_plain_store(caf::actor_system& system,
                                      const std::shared_ptr<simulated_agreement>& agreement,
                                      simulated_agreement::holder as);

} // namespace maestro
