// A timer that an actor sets for itself: `timer_fired` of that kind comes back, with the number it was given. CAF
// cannot take a timer back; an actor that must not hear an old one counts and compares. For every actor with timers.
#pragma once

#include "messages/actors.hpp"

#include <cstdint>
#include <type_traits>

namespace maestro {

template <class Self, class Kind>
void call_later(Self* self, duration wait, Kind kind, std::uint64_t number = 0) {
  static_assert(std::is_enum_v<Kind>, "kinds of timers are an enum of the actor");
  self->delayed_send(self, wait, timer_fired{static_cast<std::uint8_t>(kind), number});
}

} // namespace maestro
