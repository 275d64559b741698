#include "actors/rules/reconciliation.hpp"

namespace maestro::rules {

difference compare(const room_record& room, const instance* seen) {
  difference found;
  bool is_leaving = room.removal != removal_cause::none;
  if (seen == nullptr) {
    bool was_never_started = room.instance == instance_status::unknown;
    found.is_to_create = was_never_started && !is_leaving;
    found.is_gone = !found.is_to_create;
    return found;
  }
  found.is_drifted =
      room.instance != seen->status || room.instance_exited != seen->exited || room.host != seen->host;
  found.is_to_end = is_leaving;
  return found;
}

} // namespace maestro::rules
