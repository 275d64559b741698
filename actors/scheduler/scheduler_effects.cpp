#include "actors/scheduler/scheduler_effects.hpp"

#include "actors/metrics.hpp"
#include "actors/scheduler/execution_worker.hpp"
#include "actors/scheduler/health_controller.hpp"
#include "actors/scheduler/runtime_watcher.hpp"
#include "messages/assert.hpp"
#include "messages/log.hpp"
#include "messages/overloaded.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

caf::typed_response_promise<done> take(scheduler_asker& asker) {
  auto* promise = std::get_if<caf::typed_response_promise<done>>(&asker);
  MAESTRO_ASSERT(promise != nullptr, "asker {} waits for no end", asker.index());
  auto taken = std::move(*promise);
  asker = nobody{};
  return taken;
}

} // namespace

scheduler_effects::scheduler_effects(surroundings around) : around_(std::move(around)) {}

scheduler_effects::~scheduler_effects() {
  if (!worker_)
    return;
  caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(health_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
}

void scheduler_effects::carry_out(const rules::scheduler_effect& effect, const rules::scheduler_table& table,
                                  scheduler_asker& asker) {
  std::visit(overloaded{
                 [&](const rules::tell_changed&) { tell_directory(scheduler_changed{table.entity()}); },
                 [&](const rules::tell_gone&) { tell_directory(scheduler_gone{around_.name}); },
                 [&](const rules::open_peers&) { open(table); },
                 [&](const rules::run_operation& what) { run(what, table); },
                 [&](const rules::cancel_run& what) { around_.self->send(worker_, cancel_execution{what.id}); },
                 [&](const rules::await_end& what) { waiting_[what.id].push_back(take(asker)); },
                 [&](const rules::ask_final& what) { answer_final(what.id, take(asker)); },
                 [&](const rules::answer_waiting& end) { answer_waiting(end); },
                 [&](const rules::look_now&) { around_.self->send(health_, update_recipe{table.entity()}); },
                 [&](const rules::count_end& what) { count(what); },
                 [&](const rules::log_note& note) { log(note); },
                 [&](const rules::halt&) { is_halted_ = true; },
             },
             effect);
}

template <class Message>
void scheduler_effects::tell_directory(Message message) {
  if (auto directory = caf::actor_cast<scheduler_directory_actor>(around_.directory))
    around_.self->send(directory, std::move(message));
}

// -- peers -----------------------------------------------------------------------------------------------------

void scheduler_effects::open(const rules::scheduler_table& table) {
  auto* self = around_.self;
  self->send(around_.pool, update_recipe{table.entity()});
  auto me = caf::actor_cast<scheduler_actor>(self);
  health_ = spawn_health_controller(self->system(), around_.context, me, around_.pool);
  worker_ = spawn_execution_worker(self->system(), around_.context, me, around_.pool, health_);
  watcher_ = spawn_runtime_watcher(self->system(), around_.context, around_.name, around_.pool);
  clean_up_later();
  auto& meter = *around_.context->meter;
  meter.set_current_workers(around_.name, worker_component::operation_execution, 1);
  meter.set_current_workers(around_.name, worker_component::runtime_watcher, 1);
}

void scheduler_effects::run(const rules::run_operation& what, const rules::scheduler_table& table) {
  auto* running = table.find_active(what.id);
  MAESTRO_ASSERT(running != nullptr, "operation {} runs and is not active", what.id.str());
  is_running_ = true;
  around_.self->request(worker_, caf::infinite, execute_operation{*running, table.entity(), what.is_resumed})
      .then(
          [this](operation_outcome& outcome) {
            is_running_ = false;
            around_.on_outcome(std::move(outcome));
          },
          [this, id = what.id, definition = running->definition](const caf::error& why) {
            is_running_ = false;
            around_.on_outcome({id, operation_status::error, definition, {from_caf(why).text}, {}, {}});
          });
}

// Exponential with the configured mean, so that schedulers do not clean up all at once (behaviour.md 3.3).
void scheduler_effects::clean_up_later() {
  auto mean = around_.context->limits.storage_cleanup_interval;
  std::exponential_distribution<double> draw(1.0);
  auto factor = std::clamp(draw(around_.random), 0.1, 2.5);
  around_.self->delayed_send(around_.self, std::chrono::duration_cast<duration>(mean * factor), timer_fired{});
}

// -- who waits for an end --------------------------------------------------------------------------------------

void scheduler_effects::answer_waiting(const rules::answer_waiting& end) {
  auto waiters = waiting_.extract(end.id);
  if (waiters.empty())
    return;
  for (auto& asker : waiters.mapped()) {
    if (end.status == operation_status::canceled)
      asker.deliver(done{});
    else
      answer_final(end.id, asker);
  }
}

void scheduler_effects::answer_final(const operation_id& id, promise asker) {
  around_.self->request(around_.context->journal, caf::infinite, get_operation{around_.name, id})
      .then(
          [asker](const operation& final) mutable {
            asker.deliver(
                to_caf({ec::aborted, fmt::format("cannot cancel operation since status \"{}\" is a final status",
                                                 to_string(final.status))}));
          },
          [asker](const caf::error& why) mutable { asker.deliver(why); });
}

// -- numbers and log -------------------------------------------------------------------------------------------

void scheduler_effects::count(const rules::count_end& what) {
  auto& meter = *around_.context->meter;
  auto& ended = what.ended;
  auto definition = definition_name(ended.definition);
  bool is_success = ended.status == operation_status::finished;
  if (ended.started_at != never)
    meter.operation_executed(what.game, around_.name, definition, is_success, ended.ended_at - ended.started_at);
  if (ended.started_at != never && !is_success)
    meter.operation_rolled_back(what.game, around_.name, definition, true, duration{});
  if (ended.status != operation_status::error)
    return;
  if (std::holds_alternative<add_rooms_operation>(ended.definition))
    meter.add_rooms_failed(around_.name);
  if (std::holds_alternative<remove_rooms_operation>(ended.definition))
    meter.remove_rooms_failed(around_.name);
}

void scheduler_effects::log(const rules::log_note& note) {
  using rules::scheduler_note;
  auto& about = note.about;
  switch (note.what) {
  case scheduler_note::creating: return log_info("scheduler", "creating scheduler", {around_.name, about.id});
  case scheduler_note::operation_ended:
    return maestro::log(took_action(about.definition) ? log_level::info : log_level::debug, "scheduler",
                        "operation ended",
                        {around_.name,
                         about.id,
                         {"operation_definition", definition_name(about.definition)},
                         {"status", to_string(about.status)}});
  case scheduler_note::end_refused:
    return log_error("scheduler", "the end of an operation could not be journaled", {around_.name, about.id});
  }
}

} // namespace maestro
