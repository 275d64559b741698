#include "actors/rules/room_expiry.hpp"

namespace maestro::rules {

room_health classify(const room_record& room, timestamp last_sign, const actor_settings& settings,
                     const clock_reading& clock) {
  using enum room_status;
  bool comes_again = room.status == error && !room.instance_exited;
  // Once it was ready, and now it does not answer: how long that may last is for the ping timeout to say.
  bool is_hung = room.status == unready && !room.silence.empty() && room.ping != ping_status::unknown;
  bool is_starting = room.status == pending || (room.status == unready && !is_hung) || comes_again;
  bool is_first_start = room.ping == ping_status::unknown && !comes_again;
  auto starting_since = is_first_start ? room.created_at : room.status_since;
  if (is_starting && lasted(starting_since, clock) > settings.room_initialization_timeout)
    return room_health::initialization_over;
  auto silence = lasted(last_sign, clock);
  // Who has never said anything has all of its initialization time, also where the ping timeout is shorter.
  bool is_to_be_heard = room.status != pending && !(is_starting && is_first_start);
  if (is_to_be_heard && silence > settings.room_ping_timeout)
    return room_health::ping_over;
  if (room.status == terminating && silence > settings.room_deletion_timeout)
    return room_health::deletion_over;
  if (room.status == room_status::terminated)
    return room_health::terminated;
  bool has_drain_deadline = room.drain != removal_cause::none && settings.drain_deadline > duration::zero();
  if (has_drain_deadline && lasted(room.drain_since, clock) > settings.drain_deadline)
    return room_health::drain_over;
  if (room.validation && lasted(room.created_at, clock) > 2 * settings.room_validation_timeout)
    return room_health::validation_over;
  bool is_over = room.status == terminating || (room.status == error && !comes_again);
  return is_over ? room_health::ignored : room_health::available;
}

} // namespace maestro::rules
