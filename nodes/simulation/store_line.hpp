// What lies between a simulated node and the store of its cluster: requests take time, are lost, are carried out without an
// answer, or long after whoever asked has given up; what the watch says is late, and some of it is never said.
#pragma once

#include "messages/cluster_store.hpp"
#include "messages/time.hpp"
#include "nodes/simulation/simulated_store.hpp"

#include <memory>
#include <random>

namespace maestro::simulation {

/// What happens on the way; may change at any moment. Of one node.
struct store_trouble {
  bool is_cut = false;
  double lost_requests = 0;
  double lost_answers = 0;
  double late_requests = 0; ///< carried out after the asker has given up
  double full_changes = 0;  ///< carried out and answered as what makes the store too full, as etcd does
  double lost_changes = 0;  ///< of a watch of changes only
  duration watch_delay_max = std::chrono::milliseconds{20};

  // Rules that are broken on purpose.
  bool acknowledges_early = false; ///< of what is written some is answered and never happens
  bool claims_copies = false;      ///< the node says that its disk has what it does not have
};

/// As `as`, whose lease all its leased keys have. `random` must outlive the actor.
cluster_store_actor spawn_store_line(caf::actor_system& system,
                                     const std::shared_ptr<simulated_agreement>& agreement,
                                     simulated_agreement::holder as, std::shared_ptr<store_trouble> trouble,
                                     std::mt19937_64& random);

} // namespace maestro::simulation
