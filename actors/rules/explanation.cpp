#include "actors/rules/explanation.hpp"

#include "actors/rules/room_expiry.hpp"
#include "actors/rules/room_removal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace maestro::rules {

namespace {

removal_reason reason_of(room_health judged) {
  switch (judged) {
  case room_health::initialization_over: return removal_reason::never_came_up;
  case room_health::ping_over: return removal_reason::stopped_pinging;
  case room_health::deletion_over: return removal_reason::ends_too_slowly;
  case room_health::terminated: return removal_reason::terminated;
  case room_health::drain_over: return removal_reason::drained_too_long;
  case room_health::validation_over: return removal_reason::validation_over;
  case room_health::available:
  case room_health::ignored: break;
  }
  return removal_reason::removal_asked;
}

/// The recipe of the question: as it is, or with another number of rooms.
scheduler recipe_for(const scheduler& active, const explain_rooms& asked) {
  auto recipe = active;
  if (asked.question == plan_question::rooms) {
    recipe.rooms_replicas = static_cast<std::int32_t>(asked.number);
    recipe.autoscaling.reset();
  }
  return recipe;
}

rooms_plan plan_for(const explain_rooms& asked, look_outcome looked) {
  auto& plan = looked.plan;
  if (asked.question != plan_question::remove)
    return plan;
  plan.expired.clear();
  plan.drained.clear();
  plan.add = plan.spares = 0;
  plan.remove = asked.number;
  plan.cause = removal_cause::scale_down;
  plan.waits_for = plan_wait::none;
  plan.look_again_at = never;
  return plan;
}

planned_change change_of(const rooms_plan& plan, const actor_settings& settings) {
  planned_change change;
  change.add = plan.add;
  change.spare = plan.spares;
  change.expired = static_cast<std::int64_t>(plan.expired.size());
  change.cause = plan.remove > 0 ? plan.cause : removal_cause::none;
  if (!plan.drained.empty())
    change.cause = removal_cause::scale_down;
  change.waits_for = plan.waits_for;
  change.look_again_at = plan.look_again_at;
  change.add_limit = settings.add_limit;
  change.remove_limit = settings.remove_limit;
  return change;
}

std::string policy_text(const wanted_step& step, const scheduler& recipe, const room_counts& counts) {
  auto& policy = recipe.autoscaling->policy;
  if (step.reason == wanted_reason::fixed_buffer && policy.fixed_buffer)
    return fmt::format("{} rooms occupied or allocated, and {} more",
                       counts.of(room_status::occupied) + counts.of(room_status::allocated),
                       policy.fixed_buffer->amount);
  if (step.reason == wanted_reason::room_occupancy && policy.room_occupancy)
    return fmt::format("{} matches run and {} are promised, {} to a room, {:.6g} of the places stay free",
                       counts.running_matches, counts.allocated_slots, recipe.max_matches,
                       policy.room_occupancy->ready_target);
  return "the policy has no parameters";
}

std::string keeping_text(const wanted_step& step, const scheduler& recipe, const clock_reading& clock) {
  auto& scaling = *recipe.autoscaling;
  if (step.reason == wanted_reason::cooldown)
    return fmt::format("the last scale-down was {} s ago, cooldown is {} s",
                       std::chrono::floor<std::chrono::seconds>(lasted(recipe.last_downscale_at, clock)).count(),
                       scaling.cooldown);
  if (scaling.policy.room_occupancy && scaling.policy.type == "roomOccupancy")
    return fmt::format("free places are not yet more than downThreshold {:.6g} lets go",
                       scaling.policy.room_occupancy->down_threshold);
  return "no more rooms are there than the policy wants";
}

} // namespace

std::string text_of(const wanted_step& step, const scheduler& recipe, const pool_health& health,
                    const clock_reading& clock) {
  switch (step.reason) {
  case wanted_reason::replicas: return fmt::format("roomsReplicas is {}", recipe.rooms_replicas);
  case wanted_reason::room_occupancy:
  case wanted_reason::fixed_buffer: return policy_text(step, recipe, health.counts);
  case wanted_reason::min: return fmt::format("autoscaling.min is {}", recipe.autoscaling->min);
  case wanted_reason::max: return fmt::format("autoscaling.max is {}", recipe.autoscaling->max);
  case wanted_reason::player_turned_away: return "a player was turned away";
  case wanted_reason::surge:
    return fmt::format("{} to be replaced, maxSurge {} more meanwhile", health.replaced, recipe.max_surge);
  case wanted_reason::replacement:
    return fmt::format("{} to be replaced, their successors are made", health.replaced);
  case wanted_reason::down_threshold:
  case wanted_reason::cooldown: return keeping_text(step, recipe, clock);
  case wanted_reason::no_machine: break; // says it when it is found
  }
  return {};
}

explanation::explanation(const pool_view& pool, const explain_rooms& asked, const pool_health& health,
                         const look_memory& memory)
    : limit_(asked.limit) {
  auto recipe = recipe_for(*pool.versions.active(), asked);
  auto looked = plan_look(recipe, health, memory, settings_for(pool.settings, &recipe), pool.clock);
  auto spares_silent = looked.spares_silent;
  auto plan = plan_for(asked, std::move(looked));
  told_.at = pool.clock.now;
  told_.version = recipe.spec.version;
  told_.wanted = plan.desired;
  told_.steps = plan.steps;
  for (auto& step : told_.steps)
    step.text = text_of(step, recipe, health, pool.clock);
  if (plan.add > 0)
    if (auto next = choose_host(recipe, pool.hosts, pool.rooms.by_node(), {}, pool.node); !next)
      told_.steps.push_back({wanted_reason::no_machine, health.available, next.error().text});
  told_.change = change_of(plan, pool.settings);
  told_.looked_at = memory.looked_at;
  told_.next_look = memory.next_look;
  say_what_is_there(health, spares_silent);
  expired_.insert(plan.expired.begin(), plan.expired.end());
  drained_.insert(plan.drained.begin(), plan.drained.end());
  removal_.amount = plan.remove;
  removal_.cause = plan.cause;
  spares_left_ = plan.spares;
  order_.emplace(chosen_rooms(pool, removal_, asked.limit));
}

void explanation::say_what_is_there(const pool_health& health, bool spares_silent) {
  auto& there = told_.there;
  there.counted = health.available + (spares_silent ? health.silent : 0);
  there.up = health.up;
  there.draining = health.draining + health.replaced_draining;
  there.replaced = health.replaced;
  there.silent = health.silent;
  there.are_silent_spared = spares_silent;
  there.counts = health.counts;
}

void explanation::offer(const pool_view& pool, const room_record& room, timestamp last_sign) {
  if (concerns(pool, removal_.cause, room))
    order_->offer(room, last_sign);
  planned_room row{
      room.id,          room.version, room.status, planned_action::remove, removal_reason::removal_asked,
      room.status_since};
  if (expired_.contains(room.id)) {
    row.reason = reason_of(classify(room, last_sign, pool.settings_of(room), pool.clock));
    expired_rows_.push_back(std::move(row));
    return;
  }
  if (room.validation) {
    ++told_.there.validating;
  } else if (room.removal != removal_cause::none || room.status == room_status::terminating) {
    ++told_.there.ending;
    row.action = planned_action::ends;
    if (ending_rows_.size() < limit_)
      ending_rows_.push_back(std::move(row));
  } else if (room.drain != removal_cause::none && removal_.amount == 0 && !may_stay(pool, room)) {
    offer_draining(room, std::move(row));
  }
}

// Those that hold no players any more go first.
void explanation::offer_draining(const room_record& room, planned_room row) {
  bool goes = drained_.contains(room.id);
  row.reason = reason_by_status(room.status);
  if (!goes) {
    row.action = planned_action::drains;
    row.since = room.drain_since;
  }
  auto place = goes ? std::min<std::int64_t>(gone_, std::ssize(draining_rows_)) : std::ssize(draining_rows_);
  draining_rows_.insert(draining_rows_.begin() + place, std::move(row));
  if (draining_rows_.size() > limit_)
    draining_rows_.pop_back();
  ++(goes ? gone_ : draining_);
}

bool explanation::may_stay(const pool_view& pool, const room_record& room) {
  if (spares_left_ == 0 || pool.versions.is_replaced(room.version))
    return false;
  --spares_left_;
  return true;
}

std::size_t explanation::add_rows(const std::vector<planned_room>& more) {
  std::unordered_set<room_id> named;
  for (auto& row : told_.rooms)
    named.insert(row.id);
  std::size_t added = 0;
  for (auto& row : more) {
    if (named.contains(row.id))
      continue;
    ++added;
    if (told_.rooms.size() < limit_)
      told_.rooms.push_back(row);
  }
  return added;
}

// Of a look's operations the one by number runs first; what it takes is not named again.
rooms_explanation explanation::take() {
  auto& change = told_.change;
  change.remove = removal_.amount == 0 ? gone_ : order_->to_remove();
  change.drain = order_->to_drain();
  change.drains = removal_.amount == 0 ? draining_ : order_->draining();
  told_.rooms = removal_.amount == 0 ? std::move(draining_rows_) : order_->take();
  told_.rooms.resize(std::min(told_.rooms.size(), limit_));
  told_.total = static_cast<std::uint64_t>(change.remove + change.drain + change.drains + told_.there.ending);
  told_.total += add_rows(expired_rows_);
  add_rows(ending_rows_);
  return std::move(told_);
}

} // namespace maestro::rules
