// What a simulated node obeys and what its runtime does to it: short times and small bounds, so that what takes a day in
// production happens in a minute here, and a runtime in which everything goes wrong now and then.
#pragma once

#include "messages/settings.hpp"
#include "runtime/simulated/simulated_config.hpp"

namespace maestro::simulation {

actor_settings settings_for_simulation();

simulated_host_config world_of_trouble();
/// The same without faults, in which nothing dies or hangs and nobody plays.
simulated_host_config world_at_rest();

} // namespace maestro::simulation
