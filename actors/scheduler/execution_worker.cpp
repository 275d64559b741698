#include "actors/scheduler/execution_worker.hpp"

#include "actors/answer_of.hpp"
#include "actors/call_later.hpp"
#include "actors/operations/executor.hpp"
#include "actors/put_question.hpp"
#include "messages/log.hpp"
#include "messages/overloaded.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <memory>
#include <optional>

namespace maestro {

namespace {

using namespace operations;

/// An operation while the worker has it.
struct run {
  executor one;
  operation_id id;
  std::uint64_t number = 0; ///< answers and timers of an earlier run are stale
  caf::typed_response_promise<operation_outcome> asker;
  bool is_canceled = false;
  std::optional<operation_outcome> to_roll_back{}; ///< its end, told when the rollback is over
  duration rollback_began{};                       ///< steady time
};

/// An operation that came while the one before had not begun to wait.
struct waiting_order {
  execute_operation order;
  caf::typed_response_promise<operation_outcome> asker;
};

//   order ──> running ──wait that yields──> parked ──its time is over and nothing runs──> running
//                └──ends, or parks──> the order that came meanwhile
struct execution_worker_state {
  static inline const char* name = "execution_worker";
  execution_worker_state() {}

  actor_context_ptr context;
  caf::weak_actor_ptr scheduler; ///< for progress lines; it owns this actor, not the other way round
  room_pool_actor pool;
  health_controller_actor health;
  std::unique_ptr<run> running; ///< an idle worker is small: there are many
  std::unique_ptr<run> parked;
  std::unique_ptr<waiting_order> next;
  bool is_parked_due = false; ///< its wait is over
  std::uint64_t runs = 0;
  std::uint64_t waits = 0; ///< number of the last wait that began
  std::uint64_t wait_of_running = 0;
  std::uint64_t wait_of_parked = 0;
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

// Only what runs asks; an operation that is parked has no question open.
void hear(self_ptr self, std::uint64_t number, const heard& what) {
  if (self->state.running && self->state.running->number == number)
    go_on(self, what);
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
  auto number = self->state.running->number;
  put_question(self, whom, limit.time, what)
      .then([self, number](const Answer& answer) { hear(self, number, answer); },
            [self, number, limit](const caf::error& why) { hear(self, number, answer_of(why, limit.whose)); });
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
          [&](const get_room& one) { ask_of<room_view>(self, state.pool, one, none); },
          [&](const stop_draining& one) { ask_of<done>(self, state.pool, one, none); },
          [&](const run_health_check& one) { ask_of<health_plan>(self, state.health, one, none); },
          [&](const purge_operations& one) {
            ask_of<operations_purged>(self, state.context->journal, one, journal);
          },
      },
      what);
}

void report(self_ptr self, const std::string& line, const std::optional<operation_step>& reached) {
  if (auto scheduler = caf::actor_cast<scheduler_actor>(self->state.scheduler))
    put_question(self, scheduler, caf::infinite, record_progress{self->state.running->id, line, reached})
        .then([](done) {}, [](const caf::error&) {});
}

// -- one at a time --------------------------------------------------------------------------------------------

void begin_run(self_ptr self, const execute_operation& order,
               caf::typed_response_promise<operation_outcome> asker) {
  auto& state = self->state;
  log(took_action(order.what.definition) ? log_level::info : log_level::debug, "execution_worker",
      order.resumed ? "resuming operation" : "executing operation",
      {order.what.scheduler, order.what.id, {"operation_definition", definition_name(order.what.definition)}});
  state.running = std::make_unique<run>(
      run{make_executor(order, state.context->settings), order.what.id, ++state.runs, std::move(asker)});
  go_on(self, begin{});
}

void unpark(self_ptr self) {
  auto& state = self->state;
  if (state.running || !state.parked || !state.is_parked_due)
    return;
  state.is_parked_due = false;
  state.running = std::move(state.parked);
  go_on(self, waited{});
}

// Nothing runs now: the order that came meanwhile, or the one that waited.
void run_another(self_ptr self) {
  if (auto next = std::move(self->state.next))
    begin_run(self, next->order, std::move(next->asker));
  else
    unpark(self);
}

void wait(self_ptr self, const wait_for& wanted) {
  auto& state = self->state;
  auto number = ++state.waits;
  call_later(self, wanted.time, worker_timer::wait, number);
  bool parks = wanted.yields && !state.parked;
  (parks ? state.wait_of_parked : state.wait_of_running) = number;
  if (!parks)
    return;
  state.parked = std::move(state.running);
  run_another(self);
}

void wait_over(self_ptr self, std::uint64_t number) {
  auto& state = self->state;
  if (state.running && number == state.wait_of_running)
    return go_on(self, waited{});
  if (!state.parked || number != state.wait_of_parked)
    return;
  state.is_parked_due = true;
  unpark(self);
}

void end(self_ptr self, operation_outcome outcome) {
  auto asker = std::move(self->state.running->asker);
  self->state.running.reset();
  self->state.wait_of_running = 0;
  asker.deliver(std::move(outcome));
  run_another(self);
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
  std::visit(overloaded{
                 [&](const question& what) { put(self, what); },
                 [&](const wait_for& what) { wait(self, what); },
                 [&](const operation_outcome& outcome) { end_or_roll_back(self, outcome); },
                 [&](const rolled_back& undone) { end_rolled_back(self, undone); },
             },
             wanted.then);
}

caf::result<operation_outcome> execute(self_ptr self, const execute_operation& order) {
  auto& state = self->state;
  if (state.next)
    return to_caf({ec::internal, "the worker runs another operation"});
  auto asker = self->make_response_promise<operation_outcome>();
  if (state.running)
    state.next = std::make_unique<waiting_order>(waiting_order{order, asker});
  else
    begin_run(self, order, asker);
  return asker;
}

void cancel(self_ptr self, const operation_id& id) {
  for (auto* one : {self->state.running.get(), self->state.parked.get()})
    if (one != nullptr && one->id == id)
      one->is_canceled = true;
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
      [self](const cancel_execution& wish) { cancel(self, wish.id); },
      [self](const timer_fired& timer) { wait_over(self, timer.number); },
  };
}

} // namespace

execution_worker_actor spawn_execution_worker(caf::actor_system& system, const actor_context_ptr& context,
                                              const scheduler_actor& scheduler, room_pool_actor pool,
                                              health_controller_actor health) {
  return system.spawn(execution_worker, context, scheduler, std::move(pool), std::move(health));
}

} // namespace maestro
