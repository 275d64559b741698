// How fast lost rooms are replaced: at once, unless new rooms keep dying early; then the wait doubles.
#pragma once

#include "messages/settings.hpp"

#include <string>

namespace maestro::rules {

/// A room that ended within this time after its creation, or before it was ever ready, died early.
constexpr duration early_death = std::chrono::seconds{10};

/// Kept by the health controller, in memory only: a restarted node tries at once again.
struct replacement_backoff {
  std::int64_t streak = 0;      ///< generations of rooms in a row that died early
  timestamp last_step = never;  ///< when the streak last grew
  timestamp not_before = never; ///< no room is added before this
  std::string why{};            ///< how the last of them ended
};

/// After a room was lost. Rooms created before the last step are of the same generation and do not grow the
/// streak; a room that had lived long resets it.
replacement_backoff after_loss(const replacement_backoff& before, timestamp created_at, bool ever_ready,
                               const actor_settings& settings, const clock_reading& clock);

/// The same while the clock runs evenly; after a step or a pause nothing is left of it.
replacement_backoff still_valid(const replacement_backoff& state, const clock_reading& clock);

} // namespace maestro::rules
