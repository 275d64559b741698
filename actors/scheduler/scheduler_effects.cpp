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
#include <utility>

namespace maestro {

namespace {

constexpr auto reopen_delay = std::chrono::seconds{1};

failure is_final_already(operation_status status) {
  return {ec::aborted,
          fmt::format("cannot cancel operation since status \"{}\" is a final status", to_string(status))};
}

caf::typed_response_promise<done> take(scheduler_asker& asker) {
  auto* promise = std::get_if<caf::typed_response_promise<done>>(&asker);
  MAESTRO_ASSERT(promise != nullptr, "asker {} waits for no end", asker.index());
  auto taken = std::move(*promise);
  asker = nobody{};
  return taken;
}

std::vector<scheduler> every_version(const rules::scheduler_table& table) {
  std::vector<scheduler> versions;
  for (auto& stored : table.snapshot().versions)
    versions.push_back(stored.recipe);
  return versions;
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
                 [&](const rules::tell_changed&) { tell_directory(scheduler_changed{table.recipe()}); },
                 [&](const rules::tell_gone&) { tell_directory(scheduler_gone{around_.name}); },
                 [&](const rules::open_peers&) { open(table); },
                 [&](const rules::run_operation& what) { run(what, table); },
                 [&](const rules::cancel_run& what) { cancel(what.id); },
                 [&](const rules::await_end& what) { waiting_[what.id].push_back(take(asker)); },
                 [&](const rules::ask_final& what) { answer_final(what.id, take(asker)); },
                 [&](const rules::answer_waiting& end) { answer_waiting(end); },
                 [&](const rules::refuse_waiting& end) { refuse_waiting(end.id); },
                 [&](const rules::look_now&) { look(table); },
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

// -- peers ----------------------------------------------------------------------------------------------------

void scheduler_effects::open(const rules::scheduler_table& table) {
  around_.self->send(around_.pool, update_recipe{table.recipe(), every_version(table)});
  open_worker();
  open_watcher();
  clean_up_later();
}

// The worker asks the health controller, so one never outlives the other.
void scheduler_effects::open_worker() {
  auto* self = around_.self;
  auto me = caf::actor_cast<scheduler_actor>(self);
  health_ = spawn_health_controller(self->system(), around_.context, me, around_.pool);
  worker_ = spawn_execution_worker(self->system(), around_.context, me, around_.pool, health_);
  self->monitor(health_);
  self->monitor(worker_);
  around_.context->meter->set_current_workers(around_.name, worker_component::operation_execution, 1);
}

void scheduler_effects::open_watcher() {
  watcher_ = spawn_runtime_watcher(around_.self->system(), around_.context, around_.name, around_.pool);
  around_.self->monitor(watcher_);
  around_.context->meter->set_current_workers(around_.name, worker_component::runtime_watcher, 1);
}

void scheduler_effects::note_down(const caf::actor_addr& peer, const caf::error& why) {
  auto was = [&](const auto& handle) { return handle && handle.address() == peer; };
  auto* self = around_.self;
  auto count = [&](worker_component what) { around_.context->meter->set_current_workers(around_.name, what, 0); };
  auto* name = "runtime_watcher";
  if (was(watcher_)) {
    watcher_ = nullptr;
    count(worker_component::runtime_watcher);
  } else if (was(worker_) || was(health_)) {
    name = was(worker_) ? "execution_worker" : "health_controller";
    self->send_exit(was(worker_) ? health_.address() : worker_.address(), caf::exit_reason::user_shutdown);
    worker_ = nullptr;
    health_ = nullptr;
    is_running_ = false;
    count(worker_component::operation_execution);
  } else {
    return; // the other one of the two
  }
  log_error("scheduler", "a peer ended unexpectedly and is started again",
            {around_.name, {"peer", name}, {"error", from_caf(why).text}});
  if (std::exchange(is_reopening_, true))
    return;
  self->delayed_send(self, reopen_delay, timer_fired{static_cast<std::uint8_t>(scheduler_timer::reopen), 0});
}

void scheduler_effects::reopen(const rules::scheduler_table& table) {
  is_reopening_ = false;
  if (!table.exists())
    return;
  if (!worker_) {
    open_worker();
    look(table);
  }
  if (!watcher_)
    open_watcher();
}

// The looks of a health controller begin with the first one it is told of; a new one makes up for those missed.
void scheduler_effects::look(const rules::scheduler_table& table) {
  if (health_ && table.recipe().state == scheduler_phase::in_sync)
    around_.self->send(health_, look_now{});
}

// Without a worker nothing runs that could be canceled; the wish is told when it runs again.
void scheduler_effects::cancel(const operation_id& id) {
  if (worker_ && is_running_)
    around_.self->send(worker_, cancel_execution{id});
}

void scheduler_effects::run(const rules::run_operation& what, const rules::scheduler_table& table) {
  auto* running = table.find_active(what.id);
  MAESTRO_ASSERT(running != nullptr, "operation {} runs and is not active", what.id.str());
  is_running_ = true;
  auto conclude = [this, number = ++runs_](operation_outcome outcome) {
    if (number != runs_ || !is_running_)
      return;
    is_running_ = false;
    around_.on_outcome(std::move(outcome));
  };
  around_.self->request(worker_, caf::infinite, execute_operation{*running, table.recipe(), what.is_resumed})
      .then([conclude](operation_outcome& outcome) { conclude(std::move(outcome)); },
            [conclude, id = what.id, definition = running->definition](const caf::error& why) {
              if (why.category() != caf::atom("maestro"))
                return; // the worker has ended: note_down hears of it
              conclude({id, operation_status::error, definition, {from_caf(why).text}, {}, {}});
            });
  if (waiting_.contains(what.id))
    cancel(what.id);
}

// Exponential with the configured mean, so that schedulers do not clean up all at once (proto/README.md 3.3).
void scheduler_effects::clean_up_later() {
  auto mean = around_.context->settings.storage_cleanup_interval;
  std::exponential_distribution<double> draw(1.0);
  auto factor = std::clamp(draw(around_.random), 0.1, 2.5);
  around_.self->delayed_send(around_.self, std::chrono::duration_cast<duration>(mean * factor),
                             timer_fired{static_cast<std::uint8_t>(scheduler_timer::clean_up), 0});
}

// -- who waits for an end -------------------------------------------------------------------------------------

void scheduler_effects::answer_waiting(const rules::answer_waiting& end) {
  auto waiters = waiting_.extract(end.id);
  if (waiters.empty())
    return;
  for (auto& asker : waiters.mapped()) {
    if (end.status == operation_status::canceled)
      asker.deliver(done{});
    else
      asker.deliver(to_caf(is_final_already(end.status)));
  }
}

void scheduler_effects::refuse_waiting(const operation_id& id) {
  auto waiters = waiting_.extract(id);
  if (waiters.empty())
    return;
  for (auto& asker : waiters.mapped())
    asker.deliver(to_caf(rules::end_refused(id)));
}

void scheduler_effects::answer_final(const operation_id& id, promise asker) {
  around_.self
      ->request(around_.context->journal, around_.context->settings.journal_timeout,
                get_operation{around_.name, id})
      .then([asker](const operation& final) mutable { asker.deliver(to_caf(is_final_already(final.status))); },
            [asker](const caf::error& why) mutable { asker.deliver(why); });
}

// -- numbers and log ------------------------------------------------------------------------------------------

void scheduler_effects::count(const rules::count_end& what) {
  auto& meter = *around_.context->meter;
  auto& ended = what.ended;
  auto definition = definition_name(ended.definition);
  bool is_success = ended.status == operation_status::finished;
  if (ended.started_at != never)
    meter.operation_executed(what.game, around_.name, definition, is_success, ended.ended_at - ended.started_at);
  if (what.rollback != rollback_result::none)
    meter.operation_rolled_back(what.game, around_.name, definition, what.rollback == rollback_result::succeeded,
                                what.rollback_took);
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
