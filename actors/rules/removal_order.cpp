#include "actors/rules/removal_order.hpp"

#include "actors/rules/room_lifecycle.hpp"
#include "actors/rules/version_rules.hpp"

#include <algorithm>
#include <iterator>

namespace maestro::rules {

namespace {

bool is_leaving(const room_record& room) {
  return room.status == room_status::terminating || room.removal != removal_cause::none;
}

} // namespace

bool may_remove(const room_record& room, bool spare_players) {
  return !spare_players || !holds_players(room.status);
}

removal_order::removal_order(std::int64_t amount, std::string active_version, const actor_settings& settings,
                             const clock_reading& clock)
    : amount_(static_cast<std::size_t>(std::max<std::int64_t>(amount, 0))),
      active_version_(std::move(active_version)), settings_(settings), clock_(clock) {}

int removal_order::urgency(const room_record& room, timestamp last_ping_at) const {
  using enum room_status;
  if (room.status == error)
    return 0;
  if (lasted(last_ping_at, clock_) > settings_.room_ping_timeout)
    return 1;
  switch (room.status) {
  case pending: return 2;
  case ready: return 3;
  case unready: return 4;
  case active: return 5;
  case allocated: return 6;
  case occupied: return 7;
  case error:
  case terminating:
  case terminated: return 0;
  }
  return 7;
}

void removal_order::offer(const room_record& room, timestamp last_ping_at) {
  if (is_leaving(room)) {
    leaving_.push_back(room.id);
    return;
  }
  if (amount_ == 0 || room.validation)
    return;
  int group = urgency(room, last_ping_at);
  bool is_kept_longer = group > 1 && same_major(room.version, active_version_);
  bool has_players = holds_players(room.status);
  bool begins_to_drain = has_players && room.drain == removal_cause::none;
  chosen_.emplace(has_players, begins_to_drain, is_kept_longer, group, room.id);
  if (chosen_.size() > amount_)
    chosen_.erase(std::prev(chosen_.end()));
}

std::vector<room_id> removal_order::take() {
  std::vector<room_id> order;
  for (auto& one : chosen_)
    order.push_back(std::get<room_id>(one));
  std::sort(leaving_.begin(), leaving_.end());
  order.insert(order.end(), leaving_.begin(), leaving_.end());
  return order;
}

} // namespace maestro::rules
