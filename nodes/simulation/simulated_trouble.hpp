// What a simulated node obeys and what its runtime does to it: short times and small bounds, so that what takes a day in
// production happens in a minute here, and a runtime in which everything goes wrong now and then.
#pragma once

#include "messages/settings.hpp"
#include "runtime/simulated/simulated_config.hpp"

#include <random>

namespace maestro::simulation {

actor_settings settings_for_simulation();
/// The same, or of one whose controllers look seldom: then nothing that must happen sooner may wait for them.
actor_settings draw_settings(std::mt19937_64& random);

simulated_host_config world_of_trouble();
/// The same without faults, in which nothing dies or hangs and nobody plays.
simulated_host_config world_at_rest();

} // namespace maestro::simulation
