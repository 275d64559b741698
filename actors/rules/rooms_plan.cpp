#include "actors/rules/rooms_plan.hpp"

#include "actors/rules/autoscaling_policy.hpp"
#include "actors/rules/degradation.hpp"
#include "actors/rules/room_expiry.hpp"
#include "actors/rules/room_lifecycle.hpp"
#include "actors/rules/silence_brake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>

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

void count_available(pool_health& health, const room_record& room, bool is_replaced, std::int64_t names_max) {
  bool has_players = holds_players(room.status);
  bool drains = room.drain != removal_cause::none;
  bool is_up = has_players || room.status == room_status::ready;
  ++health.available;
  health.up += is_up;
  health.free += !has_players;
  health.draining += drains && !is_replaced;
  if (drains && !is_replaced && !has_players && std::ssize(health.drained_rooms) < names_max)
    health.drained_rooms.push_back(room.id);
  health.replaced += is_replaced;
  health.replaced_free += is_replaced && !has_players;
  health.replaced_down += is_replaced && !is_up;
  health.replaced_draining += is_replaced && has_players && drains;
}

void count_status(room_counts& counts, const room_record& room, std::int64_t matches_max) {
  ++counts.rooms[static_cast<std::size_t>(room.status)];
  ++counts.instances[static_cast<std::size_t>(room.instance)];
  counts.running_matches += counted_matches(room, matches_max);
  counts.allocated_slots += promised_slots(room);
}

std::optional<std::int64_t> number_in(std::string_view text) {
  if (text.starts_with('+'))
    text.remove_prefix(1);
  std::int64_t value = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::int64_t within(const autoscaling& scaling, std::int64_t rooms) {
  rooms = std::max<std::int64_t>(rooms, scaling.min);
  return scaling.max >= 0 ? std::min<std::int64_t>(rooms, scaling.max) : rooms;
}

/// What is wanted when nothing is replaced; says why in the plan.
std::int64_t base_of(const scheduler& recipe, const pool_health& health, bool is_room_wanted, rooms_plan& plan) {
  auto step = [&plan](wanted_reason reason, std::int64_t rooms) { plan.steps.push_back({reason, rooms}); };
  if (!recipe.autoscaling || !recipe.autoscaling->enabled) {
    step(wanted_reason::replicas, recipe.rooms_replicas);
    return recipe.rooms_replicas;
  }
  auto& scaling = *recipe.autoscaling;
  auto by_policy = rooms_by_policy(scaling.policy, health.counts, recipe.max_matches);
  auto rooms = within(scaling, by_policy);
  auto bounds = scaling.max >= 0 ? fmt::format("{} to {}", scaling.min, scaling.max)
                                 : fmt::format("{} or more", scaling.min);
  plan.why = fmt::format("{} wants {} rooms, {} are allowed", scaling.policy.type, by_policy, bounds);
  bool is_buffer = scaling.policy.type == "fixedBuffer";
  step(is_buffer ? wanted_reason::fixed_buffer : wanted_reason::room_occupancy, by_policy);
  if (rooms != by_policy)
    step(rooms > by_policy ? wanted_reason::min : wanted_reason::max, rooms);
  if (rooms > 0 || !is_room_wanted || scaling.max == 0)
    return rooms;
  plan.why += ", a player was turned away";
  step(wanted_reason::player_turned_away, 1);
  return 1;
}

/// Of `filled` rooms those that go only when policy and cooldown let them: what stood at the look before, and no room of a
/// surge. Where that is not known, or some of those are away, what is above `base` and within a surge is taken for one.
std::int64_t standing_rooms(std::int64_t before, std::int64_t base, std::int64_t surge, std::int64_t filled) {
  if (filled <= base)
    return base;
  if (surge == 0)
    return filled;
  if (before > 0 && before <= filled)
    return std::max(before, base);
  return filled > base + surge ? filled : base;
}

/// What is to be remembered of it: what is there or being made, not what is only wanted. Rooms that are away for a while (their
/// machine is lost) are not forgotten while the others are replaced; what may go is asked about again.
std::int64_t standing_next(std::int64_t before, const rooms_plan& plan, std::int64_t filled, bool is_rolling,
                           bool may_go) {
  auto standing = std::min(plan.standing, filled + plan.add - std::ssize(plan.drained));
  if (!is_rolling)
    return standing;
  return may_go ? 0 : std::max(before, standing);
}

/// What forbids to go down now, if anything does. Rooms of a surge are no free places for the policy: they go anyhow.
std::optional<wanted_reason> keeps_rooms(const scheduler& recipe, room_counts counts, std::int64_t surging,
                                         const clock_reading& clock, timestamp& again_at) {
  if (!recipe.autoscaling || !recipe.autoscaling->enabled)
    return std::nullopt;
  auto& scaling = *recipe.autoscaling;
  auto& ready = counts.rooms[static_cast<std::size_t>(room_status::ready)];
  ready -= std::min(ready, surging);
  if (!lets_rooms_go(scaling.policy, counts, recipe.max_matches))
    return wanted_reason::down_threshold;
  auto cooldown = std::chrono::seconds{scaling.cooldown};
  if (recipe.last_downscale_at == never || lasted(recipe.last_downscale_at, clock) >= cooldown)
    return std::nullopt;
  again_at = clock.now + (cooldown - lasted(recipe.last_downscale_at, clock));
  return wanted_reason::cooldown;
}

// As many as are up in their place; those that never came up are no loss.
void plan_replacement(rooms_plan& plan, std::int64_t surplus, std::int64_t kept, const pool_health& health) {
  auto spare = health.replaced_down + std::max<std::int64_t>(health.up - kept, 0);
  auto leaving = std::min({surplus, health.replaced, spare});
  bool acts = leaving > 0 && (health.replaced_free > 0 || leaving > health.replaced_draining);
  plan.remove = acts ? leaving : 0;
  plan.cause = removal_cause::rolling_update_replace;
  if (leaving <= 0)
    plan.waits_for = plan_wait::successors;
  else if (!acts)
    plan.waits_for = plan_wait::players;
}

void plan_scale_down(rooms_plan& plan, std::int64_t surplus, const pool_health& health) {
  bool acts = surplus > 0 && (health.free > 0 || surplus > health.draining);
  plan.remove = acts ? surplus : 0;
  plan.cause = removal_cause::scale_down;
  plan.waits_for = acts ? plan_wait::none : plan_wait::players;
}

/// How many of those that drain for a scale-down may stay. Its own cooldown calls none of them back; where the policy lets no room
/// go they all stay, or those that are free by now would be there and take no match.
std::int64_t spared_rooms(const pool_health& health, std::int64_t too_many, bool is_rolling,
                          const std::optional<wanted_reason>& held_by) {
  bool may_all_stay = is_rolling || held_by == wanted_reason::down_threshold;
  auto leaving = may_all_stay ? 0 : std::max<std::int64_t>(too_many, 0);
  return std::max<std::int64_t>(health.draining - leaving, 0);
}

/// A cooldown holds back the next scale-down, not what is left of the one that it follows: what has drained goes.
std::vector<room_id> drained_rooms(const pool_health& health, std::int64_t spares, bool is_rolling,
                                   const std::optional<wanted_reason>& held_by) {
  if (is_rolling || held_by != wanted_reason::cooldown)
    return {};
  auto leaving = std::min<std::int64_t>(std::ssize(health.drained_rooms), health.draining - spares);
  return {health.drained_rooms.begin(), health.drained_rooms.begin() + leaving};
}

} // namespace

void count_room(pool_health& health, const room_record& room, timestamp last_sign, const room_make& make,
                const actor_settings& settings, const clock_reading& clock) {
  auto judged = judge(room, last_sign, settings, clock);
  if (room.validation && !is_expired(judged))
    return;
  if (!room.validation && room.removal == removal_cause::none)
    count_status(health.counts, room, make.matches_max);
  count_trouble(health, room, settings, clock);
  health.watched += room.removal == removal_cause::none && room.status != room_status::pending;
  if (judged == room_health::available)
    count_available(health, room, make.is_replaced, settings.expired_limit);
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

rooms_plan plan_rooms(const scheduler& recipe, const pool_health& health, const plan_occasion& when) {
  rooms_plan plan;
  plan.expired = health.expired;
  if (!when.spares_silent)
    plan.expired.insert(plan.expired.end(), health.silent_rooms.begin(), health.silent_rooms.end());
  auto filled = health.available + (when.spares_silent ? health.silent : 0);
  auto base = base_of(recipe, health, when.is_room_wanted, plan);
  bool is_rolling = health.replaced > 0;
  auto surge = is_rolling ? surge_rooms(recipe.max_surge, base) : 0;
  plan.standing = standing_rooms(when.standing, base, surge, filled);
  std::optional<wanted_reason> held_by;
  bool is_asked = plan.standing > base;
  if (is_asked) {
    auto surge_up = std::clamp<std::int64_t>(health.up - plan.standing, 0, filled - plan.standing);
    held_by = keeps_rooms(recipe, health.counts, surge_up, when.clock, plan.look_again_at);
  }
  auto kept = held_by ? plan.standing : base;
  if (held_by)
    plan.steps.push_back({*held_by, kept});
  if (is_rolling && is_asked) // more would be held too, or go at once, when the last one is replaced
    surge = std::min(surge_rooms(recipe.max_surge, kept), health.replaced);
  auto upper = kept + surge;
  plan.desired = filled < upper ? upper : kept;
  if (is_rolling) {
    plan.why += fmt::format("{}{} rooms are replaced, {} more than {} at most", plan.why.empty() ? "" : "; ",
                            health.replaced, surge, kept);
    plan.steps.push_back({filled < upper ? wanted_reason::surge : wanted_reason::replacement, plan.desired});
  }
  auto surplus = filled - plan.desired;
  if (surplus > 0 && is_rolling)
    plan_replacement(plan, surplus, kept, health);
  else if (surplus > 0)
    plan_scale_down(plan, surplus, health);
  plan.spares = spared_rooms(health, filled - base, is_rolling, held_by);
  plan.drained = drained_rooms(health, plan.spares, is_rolling, held_by);
  auto backoff = still_valid(when.backoff, when.clock);
  if (filled < plan.desired && when.clock.now < backoff.not_before) {
    plan.look_again_at = backoff.not_before;
    plan.waits_for = plan_wait::backoff;
  } else if (filled < plan.desired) {
    plan.add = plan.desired - filled;
  }
  plan.standing = standing_next(when.standing, plan, filled, is_rolling, is_asked && !held_by);
  return plan;
}

look_outcome plan_look(const scheduler& recipe, const pool_health& health, const look_memory& before,
                       const actor_settings& settings, const clock_reading& clock) {
  look_outcome outcome{{}, before};
  auto& memory = outcome.memory;
  memory.brake = after_look(before.brake, health, settings, clock);
  outcome.spares_silent = holds(memory.brake, settings, clock);
  bool is_room_wanted =
      memory.wanted_at != never && lasted(memory.wanted_at, clock) < settings.room_allocation_ttl;
  outcome.plan =
      plan_rooms(recipe, health, {outcome.spares_silent, is_room_wanted, memory.backoff, clock, memory.standing});
  memory.standing = outcome.plan.standing;
  return outcome;
}

bool follows_changes(const scheduler* recipe, const pool_health& health) {
  bool has_policy = recipe != nullptr && recipe->autoscaling && recipe->autoscaling->enabled;
  return has_policy || health.replaced > 0 || health.draining > 0;
}

std::int64_t surge_rooms(const std::string& max_surge, std::int64_t base) {
  std::string_view text = max_surge;
  bool is_share = text.ends_with('%');
  if (is_share)
    text.remove_suffix(1);
  auto number = number_in(text);
  if (!number || *number <= 0)
    return 1;
  if (!is_share)
    return std::min(*number, countable_max);
  return std::max<std::int64_t>(rounded_up(static_cast<double>(*number) / 100.0 * static_cast<double>(base)), 1);
}

} // namespace maestro::rules
