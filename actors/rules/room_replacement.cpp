#include "actors/rules/room_replacement.hpp"

#include <algorithm>

namespace maestro::rules {

replacement_backoff after_loss(const replacement_backoff& state, timestamp created_at, bool ever_ready,
                               const actor_settings& settings, timestamp now) {
  bool died_early = !ever_ready || now - created_at < early_death;
  if (!died_early)
    return {};
  if (state.streak > 0 && created_at <= state.last_step)
    return state;
  auto next = state;
  next.streak = state.streak + 1;
  next.last_step = now;
  auto wait = settings.replacement_backoff_min;
  for (std::int64_t i = 1; i < next.streak && wait < settings.replacement_backoff_max; ++i)
    wait *= 2;
  next.not_before = now + std::min(wait, settings.replacement_backoff_max);
  return next;
}

} // namespace maestro::rules
