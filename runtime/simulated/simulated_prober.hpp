// The PROBER of the simulated world: rooms are asked at their recipe's pace, and what they answer is drawn by the world
// (simulated_world::look). It is one actor with one timer, so that it lives in virtual time like everything around it.
#pragma once

#include "messages/actors.hpp"
#include "runtime/simulated/simulated_world.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace maestro {

prober_actor spawn_simulated_prober(caf::actor_system& system, std::shared_ptr<simulated_world> world,
                                    wall_clock now);

} // namespace maestro
