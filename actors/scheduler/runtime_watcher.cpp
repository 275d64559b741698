#include "actors/scheduler/runtime_watcher.hpp"

#include "actors/alarm.hpp"
#include "actors/host_board.hpp"
#include "actors/let_others.hpp"
#include "actors/put_question.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

namespace maestro {

namespace {

/// Between two looks at the board of hosts: while all machines are in sight, and while one is not.
constexpr duration sight_interval = std::chrono::seconds{5}, close_sight_interval = std::chrono::seconds{2};

struct runtime_watcher_state {
  static inline const char* name = "runtime_watcher";
  runtime_watcher_state() {}

  actor_context_ptr context;
  scheduler_name scheduler;
  room_pool_actor pool;
  alarm next_turn;
  duration next_list{};                  ///< steady
  std::vector<std::string> out_of_sight; ///< nodes, when the last list was asked for
  bool wants_second_list = false;        ///< soon: a difference counts when two lists show it
  room_id page_end;                      ///< of the list that is under way; empty: none
};
using self_ptr = runtime_watcher_actor::stateful_pointer<runtime_watcher_state>;

std::vector<std::string> out_of_sight(self_ptr self) {
  auto& hosts = self->state.context->hosts;
  return hosts ? rules::out_of_sight(hosts->read()) : std::vector<std::string>{};
}

// Nobody tells which machines are in sight, for who begins to watch a moment later would not have heard it.
void wait(self_ptr self) {
  auto& state = self->state;
  auto left = state.next_list - state.context->clock().steady;
  if (state.context->hosts)
    left = std::min(left, state.out_of_sight.empty() ? sight_interval : close_sight_interval);
  state.next_turn.ring(self, left);
}

void reconcile_later(self_ptr self) {
  auto& state = self->state;
  auto interval = state.context->settings.reconcile_interval;
  if (std::exchange(state.wants_second_list, false))
    interval = std::min(interval, close_sight_interval);
  state.next_list = state.context->clock().steady + interval;
  wait(self);
}

// A page goes to the pool as it came, and the next is asked for when the pool has looked at it: there is never more
// than one of them, however slow the pool and however long the list.
void ask_for_page(self_ptr self) {
  auto& state = self->state;
  auto& settings = state.context->settings;
  list_instances wish{state.scheduler, std::exchange(state.page_end, {}),
                      static_cast<std::uint64_t>(settings.instances_per_page)};
  auto give_up = [self](const caf::error&) { reconcile_later(self); }; // the next turn asks again
  put_question(self, state.context->host, settings.runtime_timeout, std::move(wish))
      .then(
          [self, give_up](instance_list& page) {
            auto last = page.is_last || page.items.empty() ? room_id{} : page.items.back().id;
            put_question(self, self->state.pool, caf::infinite, std::move(page))
                .then(
                    [self, last](done) {
                      self->state.page_end = last;
                      last.empty() ? reconcile_later(self) : let_others(self);
                    },
                    give_up);
          },
          give_up);
}

void reconcile(self_ptr self) {
  self->state.out_of_sight = out_of_sight(self);
  put_question(self, self->state.pool, caf::infinite, begin_review{})
      .then([self](done) { ask_for_page(self); }, [](const caf::error&) {}); // the pool has ended
}

void take_turn(self_ptr self) {
  auto& state = self->state;
  if (!state.page_end.empty())
    return ask_for_page(self);
  bool sees_others = out_of_sight(self) != state.out_of_sight;
  state.wants_second_list = sees_others;
  if (sees_others || state.context->clock().steady >= state.next_list)
    reconcile(self);
  else
    wait(self);
}

runtime_watcher_actor::behavior_type runtime_watcher(self_ptr self, const actor_context_ptr& context,
                                                     const scheduler_name& scheduler,
                                                     const room_pool_actor& pool) {
  self->state.context = context;
  self->state.scheduler = scheduler;
  self->state.pool = pool;
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  put_question(self, context->events, caf::infinite, subscribe_instances{scheduler, me})
      .then([self](done) { reconcile(self); }, [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const instance_event& event) { self->send(self->state.pool, event); },
      [self](const timer_fired&) { take_turn(self); },
  };
}

} // namespace

runtime_watcher_actor spawn_runtime_watcher(caf::actor_system& system, const actor_context_ptr& context,
                                            const scheduler_name& scheduler, room_pool_actor pool) {
  return system.spawn(runtime_watcher, context, scheduler, std::move(pool));
}

} // namespace maestro
