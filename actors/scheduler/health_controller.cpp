#include "actors/scheduler/health_controller.hpp"

#include "actors/alarm.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/degradation.hpp"
#include "actors/rules/room_health_rules.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace maestro {

namespace {

// The scheduler is held weakly: it owns this actor, not the other way round.
struct health_controller_state {
  static inline const char* name = "health_controller";
  health_controller_state() {}

  actor_context_ptr context;
  caf::weak_actor_ptr scheduler;
  room_pool_actor pool;
  look_memory memory;
  timestamp looked_at = never; ///< the last look began
  duration look_took{};        ///< until the pool had counted
  alarm next_turn;
  std::uint64_t timer_number = 0;
  // what the pool was told of this scheduler, and of what it was judged
  scheduler_condition condition;
  timestamp judged_at = never; ///< with something to say
  std::int64_t wanted = 0;
  pool_health health;
  room_timeouts timeouts; ///< the recipe's own

  actor_settings settings() const { return rules::settings_for(context->settings, timeouts); }
};
using self_ptr = health_controller_actor::stateful_pointer<health_controller_state>;

void look_at(self_ptr self, timestamp when) {
  auto& state = self->state;
  auto now = state.context->now();
  when = std::max(when, now);
  auto& next = state.memory.next_look;
  if (next != never && next <= when)
    return;
  next = when;
  state.next_turn.ring(self, when - now, timer_fired{0, ++state.timer_number});
}

void look_in_time(self_ptr self) {
  auto& state = self->state;
  look_at(self, state.context->now() + rules::look_interval_of(state.context->settings, state.timeouts));
}

void judge(self_ptr self) {
  auto& state = self->state;
  auto clock = state.context->clock();
  auto age = state.judged_at == never ? duration::max() : lasted(state.judged_at, clock);
  auto now = rules::condition_of(state.condition, age, state.wanted, state.health, state.memory.backoff,
                                 state.settings(), clock);
  if (now.reason != state.condition.reason || now.failures > 0)
    state.judged_at = clock.now;
  if (now == state.condition)
    return;
  state.condition = now;
  self->send(state.pool, now);
}

void add_follow_ups(health_plan& plan, const rules::rooms_plan& wanted) {
  if (!wanted.expired.empty())
    plan.follow_ups.push_back({remove_rooms_operation{wanted.expired, 0, removal_cause::expired_room}, true});
  if (!wanted.drained.empty())
    plan.follow_ups.push_back({remove_rooms_operation{wanted.drained, 0, removal_cause::scale_down}, true});
  if (wanted.remove > 0)
    plan.follow_ups.push_back({remove_rooms_operation{{}, wanted.remove, wanted.cause}, true});
  if (wanted.add > 0)
    plan.follow_ups.push_back({add_rooms_operation{wanted.add}, true});
}

health_plan plan_turn(self_ptr self, const scheduler& recipe, const pool_health& health) {
  auto& state = self->state;
  state.timeouts = recipe.spec.health ? recipe.spec.health->timeouts : room_timeouts{};
  look_in_time(self);
  auto looked = rules::plan_look(recipe, health, state.memory, state.settings(), state.context->clock());
  auto before = std::exchange(state.memory, std::move(looked.memory));
  state.memory.looked_at = state.context->now();
  if (looked.spares_silent && before.brake.since == never)
    log_warn("health_controller", "many rooms fell silent at once; they are spared for one more ping timeout",
             {recipe.name, {"silent", health.silent}, {"watched", health.watched}});
  auto& wanted = looked.plan;
  if (wanted.look_again_at != never)
    look_at(self, wanted.look_again_at);
  auto& meter = *state.context->meter;
  meter.set_rooms_wanted(recipe.game, recipe.name, wanted.desired, health.available);
  meter.set_terminations(recipe.game, recipe.name, health.rooms_past_deletion, health.rooms_terminated);
  state.wanted = wanted.desired;
  state.health = health;
  state.health.expired = state.health.silent_rooms =
      state.health.drained_rooms = {}; // names are not needed again, and many schedulers rest
  judge(self);
  health_plan plan;
  plan.downscales = wanted.remove > 0 && wanted.cause == removal_cause::scale_down;
  plan.spares = wanted.spares;
  plan.why = std::move(wanted.why);
  add_follow_ups(plan, wanted);
  return plan;
}

// Only a look that finds something to do becomes an operation, which looks once more when its turn comes: a
// scheduler at rest writes nothing.
void enqueue_if_needed(self_ptr self, const scheduler& recipe, const pool_health& health) {
  auto scheduler = caf::actor_cast<scheduler_actor>(self->state.scheduler);
  if (!scheduler)
    return;
  auto plan = plan_turn(self, recipe, health);
  if (plan.follow_ups.empty() && plan.spares == 0)
    return;
  put_question(self, scheduler, caf::infinite, enqueue_operation{health_controller_operation{}, false, true})
      .then([](const operation_id&) {},
            [](const caf::error&) {}); // refused now (read-only, full): the next tick asks again
}

void look(self_ptr self) {
  auto& state = self->state;
  state.memory.next_look = never;
  state.looked_at = state.context->now();
  look_in_time(self);
  auto scheduler = caf::actor_cast<scheduler_actor>(state.scheduler);
  if (!scheduler)
    return;
  put_question(self, scheduler, caf::infinite, get_scheduler{})
      .then(
          [self](const maestro::scheduler& recipe) {
            put_question(self, self->state.pool, caf::infinite, get_pool_health{})
                .then(
                    [self, recipe](const pool_health& health) {
                      auto& here = self->state;
                      here.look_took = lasted(here.looked_at, here.context->clock());
                      enqueue_if_needed(self, recipe, health);
                    },
                    [](const caf::error&) {}); // the pool has ended, and so will this actor
          },
          [](const caf::error&) {}); // deleted meanwhile
}

void note_loss(self_ptr self, const room_lost& lost) {
  auto& state = self->state;
  auto& backoff = state.memory.backoff;
  auto before = backoff.streak;
  backoff = rules::after_loss(backoff, lost.created_at, lost.ever_ready, state.context->settings,
                              state.context->clock());
  backoff.why = lost.reason;
  state.health.up = std::min(state.health.up, state.wanted - 1); // until the next look counts
  judge(self);
  if (backoff.streak > before)
    log_warn("health_controller", "a room ended early; its replacement waits",
             {lost.id, {"streak", backoff.streak}});
  look_at(self, backoff.not_before);
}

// Looks follow changes, but a fleet in which always something changes is not looked at all the time. A clock that was set
// back since the last look does not put the next one off.
void note_change(self_ptr self) {
  constexpr int share_of_time = 20;
  auto& state = self->state;
  auto wait = std::max(state.context->settings.look_interval_min, share_of_time * state.look_took);
  auto clock = state.context->clock();
  auto waited = state.looked_at == never ? duration{} : lasted(state.looked_at, clock);
  look_at(self, clock.now + std::max<duration>(wait - waited, duration{}));
}

health_controller_actor::behavior_type health_controller(self_ptr self, const actor_context_ptr& context,
                                                         const scheduler_actor& scheduler,
                                                         const room_pool_actor& pool) {
  self->state.context = context;
  self->state.scheduler = caf::actor_cast<caf::weak_actor_ptr>(scheduler);
  self->state.pool = pool;
  self->send(pool, report_losses{caf::actor_cast<health_controller_actor>(self)});
  return {
      [self](const run_health_check& check) -> caf::result<health_plan> {
        auto answer = self->make_response_promise<health_plan>();
        look_in_time(self);
        put_question(self, self->state.pool, caf::infinite, get_pool_health{})
            .then(
                [self, answer, recipe = check.recipe](const pool_health& health) mutable {
                  answer.deliver(plan_turn(self, recipe, health));
                  // The next operation waits for the removal of those that this one names.
                  if (health.has_more_expired)
                    look_at(self, self->state.context->now());
                },
                [answer](const caf::error& why) mutable { answer.deliver(why); });
        return answer;
      },
      [self](get_look_memory) { return self->state.memory; },
      [self](const room_lost& lost) { note_loss(self, lost); },
      [self](pool_changed) { note_change(self); },
      [self](room_wanted) {
        self->state.memory.wanted_at = self->state.context->now();
        note_change(self);
      },
      [self](const look_now&) { look_at(self, self->state.context->now()); },
      [self](const timer_fired& timer) {
        if (timer.number == self->state.timer_number)
          look(self);
      },
  };
}

} // namespace

health_controller_actor spawn_health_controller(caf::actor_system& system, const actor_context_ptr& context,
                                                const scheduler_actor& scheduler, room_pool_actor pool) {
  return system.spawn(health_controller, context, scheduler, std::move(pool));
}

} // namespace maestro
