// How fast lost rooms are replaced: at once, unless new rooms keep dying early; then the wait doubles.
#pragma once

#include "messages/look_memory.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

/// A room that ended within this time after its creation, or before it was ever ready, died early.
constexpr duration early_death = std::chrono::seconds{10};

/// After a room was lost. Rooms created before the last step are of the same generation and do not grow the
/// streak; a room that had lived long resets it.
replacement_backoff after_loss(const replacement_backoff& before, timestamp created_at, bool ever_ready,
                               const actor_settings& settings, const clock_reading& clock);

/// The same while the clock runs evenly; after a step or a pause nothing is left of it.
replacement_backoff still_valid(const replacement_backoff& state, const clock_reading& clock);

} // namespace maestro::rules
