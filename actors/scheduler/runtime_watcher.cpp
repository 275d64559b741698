#include "actors/scheduler/runtime_watcher.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

struct runtime_watcher_state {
  static inline const char* name = "runtime_watcher";
  runtime_watcher_state() {}

  actor_context_ptr context;
  scheduler_name scheduler;
  room_pool_actor pool;
};
using self_ptr = runtime_watcher_actor::stateful_pointer<runtime_watcher_state>;

void reconcile(self_ptr self) {
  auto& state = self->state;
  self->request(state.context->host, state.context->settings.runtime_timeout, list_instances{state.scheduler})
      .then([self](const instance_list& list) { self->send(self->state.pool, list); },
            [](const caf::error&) {}); // the next turn asks again
  self->delayed_send(self, state.context->settings.reconcile_interval, timer_fired{});
}

runtime_watcher_actor::behavior_type runtime_watcher(self_ptr self, const actor_context_ptr& context,
                                                     const scheduler_name& scheduler,
                                                     const room_pool_actor& pool) {
  self->state.context = context;
  self->state.scheduler = scheduler;
  self->state.pool = pool;
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  self->request(context->events, caf::infinite, subscribe_instances{scheduler, me})
      .then([self](done) { reconcile(self); }, [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const instance_event& event) { self->send(self->state.pool, event); },
      [self](const timer_fired&) { reconcile(self); },
  };
}

} // namespace

runtime_watcher_actor spawn_runtime_watcher(caf::actor_system& system, const actor_context_ptr& context,
                                            const scheduler_name& scheduler, room_pool_actor pool) {
  return system.spawn(runtime_watcher, context, scheduler, std::move(pool));
}

} // namespace maestro
