#include "actors/rules/rooms_plan.hpp"

#include "actors/rules/room_expiry.hpp"

namespace maestro::rules {

namespace {

// A room whose removal was decided is asked for again only when it takes longer than rooms are given to end.
room_health judge(const room_record& room, timestamp last_ping_at, const actor_settings& settings, timestamp now) {
  if (room.removal == removal_cause::none)
    return classify(room, last_ping_at, settings, now);
  bool is_overdue = now - room.status_since > settings.room_deletion_timeout;
  return is_overdue ? room_health::deletion_over : room_health::ignored;
}

} // namespace

void count_room(pool_health& health, const room_record& room, timestamp last_ping_at,
                const actor_settings& settings, timestamp now) {
  auto judged = judge(room, last_ping_at, settings, now);
  health.available += judged == room_health::available;
  if (!is_expired(judged))
    return;
  health.rooms_past_deletion += judged == room_health::deletion_over;
  health.rooms_terminated += judged == room_health::terminated;
  if (health.expired.size() < static_cast<std::size_t>(settings.expired_limit))
    health.expired.push_back(room.id);
  else
    health.has_more_expired = true;
}

rooms_plan plan_rooms(const scheduler& recipe, const pool_health& health, const replacement_backoff& backoff,
                      timestamp now) {
  rooms_plan plan;
  plan.expired = health.expired;
  plan.desired = recipe.rooms_replicas;
  if (health.available > plan.desired)
    plan.remove = health.available - plan.desired;
  else if (health.available < plan.desired && now < backoff.not_before)
    plan.look_again_at = backoff.not_before;
  else
    plan.add = plan.desired - health.available;
  return plan;
}

} // namespace maestro::rules
