// METRICS REPORTER: one per node. Every interval it asks the SCHEDULER DIRECTORY for all schedulers and their
// counts, slice by slice, and sets the gauges of rooms and instances; in between it counts what RUNTIME EVENTS publishes. Series of
// a scheduler that two reports in a row did not find are removed. Spawned and ended by the node.
#pragma once

#include "messages/actors.hpp"
#include "messages/settings.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

class metrics;

metrics_reporter_actor spawn_metrics_reporter(caf::actor_system& system, scheduler_directory_actor directory,
                                              runtime_events_actor events, std::shared_ptr<metrics> meter,
                                              const actor_settings& settings);

} // namespace maestro
