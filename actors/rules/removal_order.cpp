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

removal_reason reason_by_status(room_status status) {
  switch (status) {
  case room_status::error: return removal_reason::error;
  case room_status::pending: return removal_reason::pending;
  case room_status::ready: return removal_reason::ready;
  case room_status::unready: return removal_reason::unready;
  case room_status::active: return removal_reason::active;
  case room_status::allocated: return removal_reason::allocated;
  case room_status::occupied: return removal_reason::occupied;
  case room_status::terminating:
  case room_status::terminated: return removal_reason::terminated;
  }
  return removal_reason::occupied;
}

removal_order::removal_order(std::int64_t amount, std::int64_t limit, std::string active_version,
                             const actor_settings& settings, const clock_reading& clock)
    : amount_(std::max<std::int64_t>(amount, 0)), limit_(std::clamp<std::int64_t>(limit, 0, amount_)),
      active_version_(std::move(active_version)), ping_timeout_(settings.room_ping_timeout), clock_(clock) {}

int removal_order::urgency(const room_record& room, timestamp last_ping_at) const {
  using enum room_status;
  if (room.status == error)
    return 0;
  bool is_hung = !room.silence.empty() && !holds_players(room.status);
  if (is_hung || lasted(last_ping_at, clock_) > ping_timeout_)
    return 1;
  switch (room.status) {
  case pending: return 2;
  case unready: return 3;
  case ready: return 4;
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
  bool drains = has_players && room.drain != removal_cause::none;
  ++(drains ? drain_before_ : has_players ? hold_players_ : free_);
  planned_room one{room.id, room.version, room.status};
  one.action = drains ? planned_action::drains : has_players ? planned_action::drain : planned_action::remove;
  one.reason = group == 1                     ? removal_reason::silent
               : group > 1 && !is_kept_longer ? removal_reason::other_major
                                              : reason_by_status(room.status);
  one.since = drains ? room.drain_since : room.status_since;
  keep(drains ? drain_already_ : begin_with_, {has_players, is_kept_longer, group, room.id}, std::move(one));
}

void removal_order::keep(ranking& best, rank place, planned_room room) const {
  best.emplace(std::move(place), std::move(room));
  if (static_cast<std::int64_t>(best.size()) > limit_)
    best.erase(std::prev(best.end()));
}

std::int64_t removal_order::to_remove() const {
  return std::min(free_, amount_);
}

std::int64_t removal_order::draining() const {
  return std::min(drain_before_, amount_ - to_remove());
}

std::int64_t removal_order::to_drain() const {
  return std::min(hold_players_, amount_ - to_remove() - draining());
}

std::vector<planned_room> removal_order::take() const {
  std::vector<planned_room> order;
  auto next = begin_with_.begin();
  for (; next != begin_with_.end() && next->second.action == planned_action::remove; ++next)
    order.push_back(next->second);
  auto left = draining();
  for (auto one = drain_already_.begin(); one != drain_already_.end() && left > 0; ++one, --left)
    order.push_back(one->second);
  left = to_drain();
  for (; next != begin_with_.end() && left > 0; ++next, --left)
    order.push_back(next->second);
  return order;
}

std::vector<room_id> removal_order::leaving() const {
  auto sorted = leaving_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

} // namespace maestro::rules
