// Which rooms count as available and which are over their time (proto/README.md 4.8). Asked when a pool
// counts its rooms, and again before one of them is ended.
#pragma once

#include "messages/room_types.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

enum class room_health : std::uint8_t {
  available,           ///< counts towards the wanted number
  ignored,             ///< on its way out, or its instance has exited: neither available nor over its time
  initialization_over, ///< never came up in time, or not again after an error
  ping_over,           ///< stopped pinging
  deletion_over,       ///< is terminating for too long
  terminated,          ///< said so itself
  drain_over,          ///< drains for too long
  validation_over,     ///< tried out a version, and nobody ended it
};

/// True for those that make a room expire.
constexpr bool is_expired(room_health health) {
  return health != room_health::available && health != room_health::ignored;
}

/// First match wins. Unlike the original, an instance that stays pending runs out of its initialization time too,
/// and a room that pinged before gets that time anew when its instance restarts.
///
/// A room in error whose instance has not exited keeps its place for as long as a new one is given to come up: it is
/// between two restarts.
room_health classify(const room_record& room, timestamp last_sign, const actor_settings& settings,
                     const clock_reading& clock);

} // namespace maestro::rules
