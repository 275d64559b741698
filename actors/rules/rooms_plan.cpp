#include "actors/rules/rooms_plan.hpp"

#include "actors/rules/room_expiry.hpp"

namespace maestro::rules {

namespace {

// A room whose removal was decided is asked for again only when it takes longer than rooms are given to end.
room_health judge(const room_record& room, timestamp last_sign, const actor_settings& settings,
                  const clock_reading& clock) {
  if (room.removal == removal_cause::none)
    return classify(room, last_sign, settings, clock);
  bool is_overdue = lasted(room.status_since, clock) > settings.room_deletion_timeout;
  return is_overdue ? room_health::deletion_over : room_health::ignored;
}

} // namespace

void count_room(pool_health& health, const room_record& room, timestamp last_sign, const actor_settings& settings,
                const clock_reading& clock) {
  auto judged = judge(room, last_sign, settings, clock);
  health.watched += room.removal == removal_cause::none && room.status != room_status::pending;
  health.available += judged == room_health::available;
  if (!is_expired(judged))
    return;
  bool is_silent = judged == room_health::ping_over;
  health.silent += is_silent;
  health.rooms_past_deletion += judged == room_health::deletion_over;
  health.rooms_terminated += judged == room_health::terminated;
  auto& named = is_silent ? health.silent_rooms : health.expired;
  if (named.size() < static_cast<std::size_t>(settings.expired_limit))
    named.push_back(room.id);
  else
    health.has_more_expired = true;
}

rooms_plan plan_rooms(const scheduler& recipe, const pool_health& health, bool spares_silent,
                      const replacement_backoff& before, const clock_reading& clock) {
  rooms_plan plan;
  plan.expired = health.expired;
  if (!spares_silent)
    plan.expired.insert(plan.expired.end(), health.silent_rooms.begin(), health.silent_rooms.end());
  auto filled = health.available + (spares_silent ? health.silent : 0);
  auto backoff = still_valid(before, clock);
  plan.desired = recipe.rooms_replicas;
  if (filled > plan.desired)
    plan.remove = filled - plan.desired;
  else if (filled < plan.desired && clock.now < backoff.not_before)
    plan.look_again_at = backoff.not_before;
  else
    plan.add = plan.desired - filled;
  return plan;
}

} // namespace maestro::rules
