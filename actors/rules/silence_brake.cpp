#include "actors/rules/silence_brake.hpp"

namespace maestro::rules {

bool too_many_at_once(const pool_health& health, const actor_settings& settings) {
  return health.silent > 1 && health.silent * 100 > health.watched * settings.silence_brake_percent;
}

silence_brake after_look(const silence_brake& brake, const pool_health& health, const actor_settings& settings,
                         const clock_reading& clock) {
  if (!too_many_at_once(health, settings))
    return {};
  return brake.since == never ? silence_brake{clock.now} : brake;
}

bool holds(const silence_brake& brake, const actor_settings& settings, const clock_reading& clock) {
  return brake.since != never && lasted(brake.since, clock) < settings.room_ping_timeout;
}

} // namespace maestro::rules
