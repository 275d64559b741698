#include "actors/execution_worker.hpp"

#include "actors/operations/executor.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <unordered_map>

namespace maestro {

namespace {

struct execution_worker_state {
  static inline const char* name = "execution_worker";
  execution_worker_state() {}

  executor_peers peers;
  std::unique_ptr<executor> running;
  std::unique_ptr<executor>
      ended; ///< kept until the next order: an executor's own handler may still be on the stack
  operation_id running_id;
  std::uint64_t timers_started = 0;
  std::unordered_map<std::uint64_t, std::function<void()>> timers;
};
using self_ptr = execution_worker_actor::stateful_pointer<execution_worker_state>;

caf::result<operation_outcome> execute(self_ptr self, const execute_operation& order) {
  auto& state = self->state;
  if (state.running)
    return to_caf({ec::internal, "the worker runs another operation"});
  auto answer = self->make_response_promise<operation_outcome>();
  state.running_id = order.what.id;
  log(took_action(order.what.definition) ? log_level::info : log_level::debug, "execution_worker",
      order.resumed ? "resuming operation" : "executing operation",
      {order.what.scheduler, order.what.id, {"operation_definition", definition_name(order.what.definition)}});
  state.running = make_executor(state.peers, order, [self, answer](operation_outcome outcome) mutable {
    self->state.timers.clear();
    self->state.ended = std::move(self->state.running);
    answer.deliver(std::move(outcome));
  });
  state.running->start();
  return answer;
}

execution_worker_actor::behavior_type execution_worker(self_ptr self, const actor_context_ptr& context,
                                                       const scheduler_actor& scheduler,
                                                       const room_pool_actor& pool,
                                                       const health_controller_actor& health) {
  auto& peers = self->state.peers;
  peers.self = self;
  peers.context = context;
  peers.scheduler = caf::actor_cast<caf::weak_actor_ptr>(scheduler);
  peers.pool = pool;
  peers.health = health;
  peers.wait = [self](duration wait, std::function<void()> act) {
    self->state.timers.emplace(++self->state.timers_started, std::move(act));
    self->delayed_send(self, wait, timer_fired{0, self->state.timers_started});
  };
  return {
      [self](const execute_operation& order) { return execute(self, order); },
      [self](const cancel_execution& wish) {
        if (self->state.running && self->state.running_id == wish.id)
          self->state.running->cancel();
      },
      [self](const timer_fired& timer) {
        if (auto due = self->state.timers.extract(timer.epoch); !due.empty())
          due.mapped()();
      },
  };
}

} // namespace

execution_worker_actor spawn_execution_worker(caf::actor_system& system, const actor_context_ptr& context,
                                              const scheduler_actor& scheduler, room_pool_actor pool,
                                              health_controller_actor health) {
  return system.spawn(execution_worker, context, scheduler, std::move(pool), std::move(health));
}

} // namespace maestro
