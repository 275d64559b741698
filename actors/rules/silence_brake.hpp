// Whether rooms that fell silent may be ended. When many of a scheduler's rooms fall silent at once, that is hardly
// their fault: the network is down, a door hung, a machine stood still. Then nothing is ended for one more ping
// timeout, and it is said aloud. Kept by the health controller.
#pragma once

#include "messages/look_memory.hpp"
#include "messages/pool_health.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

/// More than settings.silence_brake_percent of the rooms that should ping are silent, and more than one.
bool too_many_at_once(const pool_health& health, const actor_settings& settings);

/// After a look at the rooms.
silence_brake after_look(const silence_brake& brake, const pool_health& health, const actor_settings& settings,
                         const clock_reading& clock);

/// True while silent rooms are spared and keep their places.
bool holds(const silence_brake& brake, const actor_settings& settings, const clock_reading& clock);

} // namespace maestro::rules
