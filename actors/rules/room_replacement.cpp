#include "actors/rules/room_replacement.hpp"

#include <algorithm>

namespace maestro::rules {

replacement_backoff still_valid(const replacement_backoff& state, const clock_reading& clock) {
  return state.last_step < clock.even_since || state.last_step > clock.now ? replacement_backoff{} : state;
}

replacement_backoff after_loss(const replacement_backoff& before, timestamp created_at, bool ever_ready,
                               const actor_settings& settings, const clock_reading& clock) {
  auto state = still_valid(before, clock);
  bool died_early = !ever_ready || lasted(created_at, clock) < early_death;
  if (!died_early)
    return {};
  if (state.streak > 0 && created_at <= state.last_step)
    return state;
  auto next = state;
  next.streak = state.streak + 1;
  next.last_step = clock.now;
  auto wait = settings.replacement_backoff_min;
  for (std::int64_t i = 1; i < next.streak && wait < settings.replacement_backoff_max; ++i)
    wait *= 2;
  next.not_before = clock.now + std::min(wait, settings.replacement_backoff_max);
  return next;
}

} // namespace maestro::rules
