// The room host of real processes: each room is a set of processes of this machine, watched and captured by a shim
// that outlives the node (runtime/process/shim/shim.h). One per node and data directory. It runs in a thread of
// its own, so it may touch disk and processes without holding up other actors, and answers requests only after it
// has adopted what a former node left running. Its end ends no room. If it cannot work (data directory locked or
// not writable, unknown user) it says so in the log and in the answer to every request, with `unavailable`.
#pragma once

#include "messages/actors.hpp"
#include "runtime/process/process_config.hpp"

#include <string>

namespace caf {
class actor_system;
}

namespace maestro {

room_host_actor spawn_process_host(caf::actor_system& system, process_host_config config,
                                   runtime_events_actor events, node_clock clock);

struct runtime_actors;
struct runtime_surroundings;
/// For runtime/runtimes.
runtime_actors spawn_runtime(const process_host_config& config, const runtime_surroundings& around);

/// One line: which limits this machine lets us enforce, and why not where not. Makes and removes a trial group.
std::string limits_statement(const process_host_config& config);

} // namespace maestro
