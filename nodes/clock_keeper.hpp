// Keeps a node's clock (nodes/even_clock) once a second and says aloud when the wall clock stepped or the node was
// paused. An actor like the others on purpose: when actors are deaf for long, pings wait as well, and their rooms
// are no more silent than we were deaf.
#pragma once

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

class even_clock;
class metrics;

/// Runs until it is sent an exit.
caf::actor spawn_clock_keeper(caf::actor_system& system, std::shared_ptr<even_clock> clock,
                              std::shared_ptr<metrics> meter);

} // namespace maestro
