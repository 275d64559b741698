#include "actors/rules/room_lifecycle.hpp"

#include <algorithm>

namespace maestro::rules {

namespace {

room_status compose_live(ping_status ping) {
  switch (ping) {
  case ping_status::unknown: return room_status::unready;
  case ping_status::ready: return room_status::ready;
  case ping_status::occupied: return room_status::occupied;
  case ping_status::terminating: return room_status::terminating;
  case ping_status::terminated: return room_status::terminated;
  }
  return room_status::error;
}

room_status by_matches(std::int64_t running, std::int32_t max_matches) {
  if (running < 1)
    return room_status::ready;
  return running >= max_matches ? room_status::occupied : room_status::active;
}

} // namespace

room_status compose(ping_status ping, instance_status instance) {
  if (instance == instance_status::error)
    return room_status::error;
  if (ping == ping_status::terminated)
    return room_status::terminated;
  if (ping == ping_status::terminating || instance == instance_status::terminating)
    return room_status::terminating;
  return instance == instance_status::ready ? compose_live(ping) : room_status::pending;
}

bool transition_allowed(room_status from, room_status to) {
  using enum room_status;
  if (from == to)
    return true;
  switch (from) {
  case pending:
    return to == ready || to == terminating || to == unready || to == error || to == occupied || to == active ||
           to == allocated;
  case unready:
    return to == terminating || to == occupied || to == ready || to == error || to == pending || to == active;
  case ready:
    return to == occupied || to == allocated || to == terminating || to == unready || to == error ||
           to == active || to == pending;
  case active:
    return to == ready || to == occupied || to == terminating || to == unready || to == error || to == pending ||
           to == allocated;
  case occupied:
    return to == ready || to == terminating || to == unready || to == error || to == active || to == pending;
  case allocated:
    return to == active || to == occupied || to == ready || to == terminating || to == unready || to == error ||
           to == pending;
  case error: return to == terminating || to == unready || to == ready || to == allocated;
  case terminating: return to == error || to == unready || to == ready || to == terminated;
  case terminated: return false;
  }
  return false;
}

bool is_allocation_over(timestamp allocated_at, duration allocation_ttl, const clock_reading& clock) {
  return lasted(allocated_at, clock) >= allocation_ttl;
}

namespace {

/// How late it may be heard that a game server ended and began again, with the pause before it begins.
constexpr auto news_may_be_late = std::chrono::seconds{60};

/// Its game server fell away soon after its allocation, as was heard then: the fall may be older than the allocation, and
/// whoever was sent there be with the server that was started in its place.
bool fell_when_allocated(const room_record& room) {
  bool is_down = room.status == room_status::error || room.status == room_status::pending;
  return is_down && room.status_since - room.allocated_at <= news_may_be_late;
}

room_status status_if_it_answers(const room_record& room, const lifecycle_policy& policy,
                                 const clock_reading& clock) {
  using enum room_status;
  auto composed = compose(room.ping, room.instance);
  bool is_live = composed == ready || composed == occupied;
  if (room.removal != removal_cause::none)
    return composed == error || composed == terminated ? composed : terminating;
  bool is_promised = !is_allocation_over(room.allocated_at, policy.allocation_ttl, clock);
  bool is_held = room.status == allocated || fell_when_allocated(room);
  if (is_held && room.held_slots == 0 && composed == ready && is_promised)
    return allocated;
  bool awaits_matches = room.held_slots > 0 && room.running_matches < 1 && is_promised;
  if (awaits_matches && (composed == ready || (is_live && policy.max_matches > 1)))
    return allocated;
  return is_live && policy.max_matches > 1 ? by_matches(room.running_matches, policy.max_matches) : composed;
}

} // namespace

room_status next_status(const room_record& room, const lifecycle_policy& policy, const clock_reading& clock) {
  auto status = status_if_it_answers(room, policy, clock);
  return status == room_status::ready && !room.silence.empty() ? room_status::unready : status;
}

std::uint8_t slots_left(const room_record& room, std::int64_t running_matches, const lifecycle_policy& policy,
                        const clock_reading& clock) {
  if (is_allocation_over(room.allocated_at, policy.allocation_ttl, clock))
    return 0;
  auto before = std::max<std::int64_t>(room.running_matches, 0);
  auto begun = std::max<std::int64_t>(running_matches, before) - before;
  return static_cast<std::uint8_t>(std::max<std::int64_t>(room.held_slots - begun, 0));
}

bool holds_players(room_status status) {
  return status == room_status::occupied || status == room_status::active || status == room_status::allocated;
}

} // namespace maestro::rules
