// Matchmakers that are only data: the FORWARDER CLIENT of the simulator and of actor tests. They are slow, fail, are
// away and come back, hear calls whose answers are lost, and keep everything they have heard. What they have heard
// outlives the simulated node, as real matchmakers do.
#pragma once

#include "messages/actors.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace maestro::simulation {

struct simulated_matchmakers {
  std::vector<matchmaker_call> heard;
  std::set<std::string> away; ///< addresses at which nobody listens now
  std::size_t calls_max = 0;  ///< most that were under way at the same time, at all of them together

  double loss_probability = 0;  ///< of calls that are not answered in time; half of them were heard
  double error_probability = 0; ///< of calls that are heard and answered with code 500
  duration answer_delay_max = std::chrono::milliseconds{20};
};

/// `random` must outlive the actor.
forwarder_client_actor spawn_simulated_forwarder_client(caf::actor_system& system,
                                                        std::shared_ptr<simulated_matchmakers> world,
                                                        std::mt19937_64& random);

} // namespace maestro::simulation
