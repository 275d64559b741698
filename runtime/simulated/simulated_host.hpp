// A room host whose rooms are data: the same interface as the process host, no processes. Used by tests, the
// simulator and `--runtime simulated`. All chances come from the world's engine and all delays from timers, so
// under CAF's test coordinator a run is a function of the seed and the messages. The world outlives the host: a
// host spawned on a world that holds instances adopts them and publishes each as `added`.
#pragma once

#include "messages/actors.hpp"
#include "runtime/simulated/simulated_world.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace maestro {

room_host_actor spawn_simulated_host(caf::actor_system& system, std::shared_ptr<simulated_world> world,
                                     runtime_events_actor events, wall_clock now);

struct runtime_actors;
struct runtime_surroundings;
/// For runtime/runtimes: a world of its own.
runtime_actors spawn_runtime(const simulated_host_config& config, const runtime_surroundings& around);

} // namespace maestro
