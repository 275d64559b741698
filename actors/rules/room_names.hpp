// Names of new rooms (proto/README.md 4.5). Called by the room pool, which alone knows which names are taken.
#pragma once

#include "actors/rules/small_random.hpp"
#include "messages/ids.hpp"

#include <random>

namespace maestro::rules {

/// `<scheduler, cut to 58 characters>-<5 characters of bcdfghjklmnpqrstvwxz2456789>`: no vowels, so no words. The
/// caller draws again while the name is taken.
room_id draw_room_name(const scheduler_name& scheduler, small_random& random);

} // namespace maestro::rules
