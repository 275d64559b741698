#include "actors/rules/rooms_plan.hpp"

#include "actors/rules/room_expiry.hpp"

namespace maestro::rules {

namespace {

// A room whose removal was decided is asked for again only when it takes longer than rooms are given to end.
room_health judge(const room_view& view, const actor_settings& settings, timestamp now) {
  if (view.room.removal == removal_cause::none)
    return classify(view, settings, now);
  bool is_overdue = now - view.room.status_since > settings.room_deletion_timeout;
  return is_overdue ? room_health::deletion_over : room_health::ignored;
}

void count_room(rooms_plan& plan, const room_view& view, const actor_settings& settings, timestamp now) {
  auto health = judge(view, settings, now);
  plan.available += health == room_health::available;
  if (!is_expired(health))
    return;
  plan.expired.push_back(view.room.id);
  plan.rooms_past_deletion += health == room_health::deletion_over;
  plan.rooms_terminated += health == room_health::terminated;
}

} // namespace

rooms_plan plan_rooms(const scheduler& recipe, const std::vector<room_view>& rooms,
                      const replacement_backoff& backoff, const actor_settings& settings, timestamp now) {
  rooms_plan plan;
  for (auto& view : rooms)
    count_room(plan, view, settings, now);
  plan.desired = recipe.rooms_replicas;
  if (plan.available > plan.desired)
    plan.remove = plan.available - plan.desired;
  else if (plan.available < plan.desired && now < backoff.not_before)
    plan.look_again_at = backoff.not_before;
  else
    plan.add = plan.desired - plan.available;
  return plan;
}

} // namespace maestro::rules
