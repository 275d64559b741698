#include "actors/scheduler/execution_worker.hpp"

#include "actors/answer_of.hpp"
#include "actors/call_later.hpp"
#include "actors/operations/executor.hpp"
#include "messages/log.hpp"
#include "messages/overloaded.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <memory>
#include <optional>

namespace maestro {

namespace {

using namespace operations;

/// The one operation that runs.
struct run {
  executor one;
  operation_id id;
  caf::typed_response_promise<operation_outcome> asker;
  bool is_canceled = false;
  std::optional<operation_outcome> to_roll_back{}; ///< its end, told when the rollback is over
  duration rollback_began{};                       ///< steady time
};

struct execution_worker_state {
  static inline const char* name = "execution_worker";
  execution_worker_state() {}

  actor_context_ptr context;
  caf::weak_actor_ptr scheduler; ///< for progress lines; it owns this actor, not the other way round
  room_pool_actor pool;
  health_controller_actor health;
  std::unique_ptr<run> running; ///< an idle worker is small: there are many
  std::uint64_t waits = 0;      ///< number of the wait under way; older ones are stale
};
using self_ptr = execution_worker_actor::stateful_pointer<execution_worker_state>;

enum class worker_timer : std::uint8_t { wait };

void take(self_ptr self, const step& wanted);

moment now(self_ptr self) {
  return {self->state.context->now(), self->state.running->is_canceled};
}

void go_on(self_ptr self, const heard& what) {
  take(self, next(self->state.running->one, what, now(self)));
}

// Neighbours of the same owner answer or end; the runtime and the journal have a deadline, and what is not answered
// by then has failed.
struct deadline {
  caf::duration time{caf::infinite};
  const char* whose;
};
const deadline none{caf::duration{caf::infinite}, ""};

template <class Answer, class Actor, class Question>
void ask_of(self_ptr self, const Actor& whom, const Question& what, const deadline& limit) {
  self->request(whom, limit.time, what)
      .then([self](const Answer& answer) { go_on(self, answer); },
            [self, limit](const caf::error& why) { go_on(self, answer_of(why, limit.whose)); });
}

void put(self_ptr self, const question& what) {
  auto& state = self->state;
  auto& settings = state.context->settings;
  deadline runtime{caf::duration{settings.runtime_timeout}, "runtime"};
  deadline journal{caf::duration{settings.journal_timeout}, "journal"};
  std::visit(
      overloaded{
          [&](const prepare_scheduler& one) {
            ask_of<done>(self, state.context->host, prepare_scheduler{one.name, state.context->epoch}, runtime);
          },
          [&](const remove_scheduler& one) {
            ask_of<done>(self, state.context->host, remove_scheduler{one.name, state.context->epoch}, runtime);
          },
          [&](const create_rooms& one) { ask_of<rooms_created>(self, state.pool, one, none); },
          [&](const remove_rooms& one) { ask_of<rooms_removed>(self, state.pool, one, none); },
          [&](const count_rooms& one) { ask_of<room_counts>(self, state.pool, one, none); },
          [&](const run_health_check& one) { ask_of<health_plan>(self, state.health, one, none); },
          [&](const purge_operations& one) {
            ask_of<operations_purged>(self, state.context->journal, one, journal);
          },
      },
      what);
}

void report(self_ptr self, const std::string& line, const std::optional<operation_step>& reached) {
  if (auto scheduler = caf::actor_cast<scheduler_actor>(self->state.scheduler))
    self->request(scheduler, caf::infinite, record_progress{self->state.running->id, line, reached})
        .then([](done) {}, [](const caf::error&) {});
}

void end(self_ptr self, operation_outcome outcome) {
  auto asker = std::move(self->state.running->asker);
  self->state.running.reset();
  ++self->state.waits;
  asker.deliver(std::move(outcome));
}

void end_or_roll_back(self_ptr self, const operation_outcome& outcome) {
  auto& running = *self->state.running;
  if (outcome.status != operation_status::finished)
    if (auto undo = roll_back(running.one, now(self))) {
      running.to_roll_back = outcome;
      running.rollback_began = self->state.context->clock().steady;
      return take(self, *undo);
    }
  end(self, outcome);
}

void end_rolled_back(self_ptr self, const rolled_back& undone) {
  auto& running = *self->state.running;
  auto outcome = std::move(*running.to_roll_back);
  outcome.rollback = undone.failure.empty() ? rollback_result::succeeded : rollback_result::failed;
  outcome.rollback_failure = undone.failure;
  outcome.rollback_took = self->state.context->clock().steady - running.rollback_began;
  outcome.transitions.insert(outcome.transitions.end(), undone.transitions.begin(), undone.transitions.end());
  end(self, std::move(outcome));
}

void take(self_ptr self, const step& wanted) {
  for (auto& line : wanted.progress)
    report(self, line, {});
  if (wanted.reached)
    report(self, {}, wanted.reached);
  std::visit(
      overloaded{
          [&](const question& what) { put(self, what); },
          [&](const wait_for& wait) { call_later(self, wait.time, worker_timer::wait, ++self->state.waits); },
          [&](const operation_outcome& outcome) { end_or_roll_back(self, outcome); },
          [&](const rolled_back& undone) { end_rolled_back(self, undone); },
      },
      wanted.then);
}

caf::result<operation_outcome> execute(self_ptr self, const execute_operation& order) {
  auto& state = self->state;
  if (state.running)
    return to_caf({ec::internal, "the worker runs another operation"});
  log(took_action(order.what.definition) ? log_level::info : log_level::debug, "execution_worker",
      order.resumed ? "resuming operation" : "executing operation",
      {order.what.scheduler, order.what.id, {"operation_definition", definition_name(order.what.definition)}});
  auto asker = self->make_response_promise<operation_outcome>();
  state.running = std::make_unique<run>(run{make_executor(order, state.context->settings), order.what.id, asker});
  go_on(self, begin{});
  return asker;
}

execution_worker_actor::behavior_type execution_worker(self_ptr self, const actor_context_ptr& context,
                                                       const scheduler_actor& scheduler,
                                                       const room_pool_actor& pool,
                                                       const health_controller_actor& health) {
  auto& state = self->state;
  state.context = context;
  state.scheduler = caf::actor_cast<caf::weak_actor_ptr>(scheduler);
  state.pool = pool;
  state.health = health;
  return {
      [self](const execute_operation& order) { return execute(self, order); },
      [self](const cancel_execution& wish) {
        if (auto& running = self->state.running; running && running->id == wish.id)
          running->is_canceled = true;
      },
      [self](const timer_fired& timer) {
        if (self->state.running && timer.number == self->state.waits)
          go_on(self, waited{});
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
