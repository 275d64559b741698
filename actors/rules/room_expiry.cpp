#include "actors/rules/room_expiry.hpp"

namespace maestro::rules {

room_health classify(const room_record& room, timestamp last_ping_at, const actor_settings& settings,
                     timestamp now) {
  using enum room_status;
  bool is_starting = room.status == pending || room.status == unready;
  auto starting_since = room.ping == ping_status::unknown ? room.created_at : room.status_since;
  if (is_starting && now - starting_since > settings.room_initialization_timeout)
    return room_health::initialization_over;
  auto silence = now - last_ping_at;
  if (room.status != pending && silence > settings.room_ping_timeout)
    return room_health::ping_over;
  if (room.status == terminating && silence > settings.room_deletion_timeout)
    return room_health::deletion_over;
  if (room.status == room_status::terminated)
    return room_health::terminated;
  if (room.status == terminating || room.status == error)
    return room_health::ignored;
  return room_health::available;
}

} // namespace maestro::rules
