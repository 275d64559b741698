// Which rooms count as available and which are over their time (proto/README.md 4.8). Called by the health
// controller with last pings that include the grace after a node's start.
#pragma once

#include "messages/room_types.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

enum class room_health : std::uint8_t {
  available,           ///< counts towards the wanted number
  ignored,             ///< terminating or in error: neither available nor over its time
  initialization_over, ///< never came up in time
  ping_over,           ///< stopped pinging
  deletion_over,       ///< is terminating for too long
  terminated,          ///< said so itself
};

/// True for the four that make a room expire.
constexpr bool is_expired(room_health health) {
  return health != room_health::available && health != room_health::ignored;
}

/// First match wins. Unlike the original, an instance that stays pending runs out of its initialization time too,
/// and a room that pinged before gets that time anew when its instance restarts.
room_health classify(const room_record& room, timestamp last_ping_at, const actor_settings& settings,
                     timestamp now);

} // namespace maestro::rules
