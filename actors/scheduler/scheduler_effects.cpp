#include "actors/scheduler/scheduler_effects.hpp"

#include "actors/answer_of.hpp"
#include "actors/call_later.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/scheduler/execution_worker.hpp"
#include "actors/scheduler/health_controller.hpp"
#include "actors/scheduler/runtime_watcher.hpp"
#include "actors/scheduler/scheduler_writer.hpp"
#include "messages/assert.hpp"
#include "messages/log.hpp"
#include "messages/overloaded.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace maestro {

namespace {

constexpr auto reopen_delay = std::chrono::seconds{1};
constexpr auto rest_delay = std::chrono::seconds{1};
constexpr auto shortest_halt = std::chrono::seconds{1};
constexpr auto longest_halt = std::chrono::seconds{8};

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
  auto gone =
      to_caf({ec::unavailable, fmt::format("scheduler {} has ended", around_.name.str()), failure_subject::actor});
  for (auto& [id, waiters] : waiting_)
    for (auto& asker : waiters)
      asker.deliver(gone);
  for (auto& asker : asking_journal_)
    asker.deliver(gone);
  if (worker_) {
    caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(health_, caf::exit_reason::user_shutdown);
  }
  if (watcher_)
    caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
}

void scheduler_effects::carry_out(const rules::scheduler_effect& effect, const rules::scheduler_table& table,
                                  scheduler_asker& asker) {
  std::visit(overloaded{
                 [&](const rules::tell_changed&) { tell_directory(scheduler_changed{table.shared_recipe()}); },
                 [&](const rules::tell_gone&) { tell_directory(scheduler_gone{around_.name}); },
                 [&](const rules::tell_pool&) { tell_pool(table); },
                 [&](const rules::open_peers&) { open(table); },
                 [&](const rules::run_operation& what) { run(what, table); },
                 [&](const rules::cancel_run& what) { cancel(what.id); },
                 [&](const rules::await_end& what) { waiting_[what.id].push_back(take(asker)); },
                 [&](const rules::ask_final& what) { answer_final(what.wish, take(asker)); },
                 [&](const rules::answer_waiting& end) { answer_waiting(end); },
                 [&](const rules::refuse_waiting& end) { refuse_waiting(end.id); },
                 [&](const rules::look_now&) { look(table); },
                 [&](const rules::count_end& what) { count(what); },
                 [&](const rules::log_note& note) { log(note); },
                 [&](const rules::halt&) { halt(); },
             },
             effect);
}

template <class Message>
void scheduler_effects::tell_directory(Message message) {
  if (auto directory = caf::actor_cast<local_directory_actor>(around_.directory))
    around_.self->send(directory, std::move(message));
}

// -- peers ----------------------------------------------------------------------------------------------------

void scheduler_effects::tell_pool(const rules::scheduler_table& table) {
  around_.self->send(around_.pool, update_recipe{table.shared_recipe(), table.every_version()});
}

std::vector<operation_id> scheduler_effects::running() const {
  std::vector<operation_id> all;
  for (auto& [id, number] : running_)
    all.push_back(id);
  return all;
}

void scheduler_effects::open(const rules::scheduler_table& table) {
  tell_pool(table);
  open_watcher();
  rest_later(rest_delay);
}

// The worker asks the health controller, so one never outlives the other.
void scheduler_effects::open_worker() {
  if (worker_)
    return;
  auto* self = around_.self;
  auto me = caf::actor_cast<scheduler_actor>(self);
  health_ = spawn_health_controller(self->system(), around_.context, me, around_.pool);
  worker_ = spawn_execution_worker(self->system(), around_.context, me, around_.pool, health_);
  self->monitor(health_);
  self->monitor(worker_);
  around_.context->meter->set_current_workers(around_.name, worker_component::operation_execution, 1);
}

void scheduler_effects::open_watcher() {
  if (watcher_)
    return;
  watcher_ = spawn_runtime_watcher(around_.self->system(), around_.context, around_.name, around_.pool);
  around_.self->monitor(watcher_);
  around_.context->meter->set_current_workers(around_.name, worker_component::runtime_watcher, 1);
}

// The pool forgets the health controller too: what is left of an ended actor lives as long as somebody knows it. And it
// is told the recipe as it is by now, so that no older one is kept.
void scheduler_effects::close_peers(const rules::scheduler_table& table) {
  auto* self = around_.self;
  auto close = [self](auto& peer) {
    if (!peer)
      return;
    self->demonitor(peer.address());
    self->send_exit(peer, caf::exit_reason::user_shutdown);
    peer = nullptr;
  };
  self->send(around_.pool, report_losses{});
  tell_pool(table);
  close(worker_);
  close(health_);
  close(watcher_);
}

void scheduler_effects::rest_later(duration wait) {
  if ((worker_ || watcher_) && !std::exchange(tries_to_rest_, true))
    call_later(around_.self, wait, scheduler_timer::rest);
}

// Where rooms were made or ended, not before the runtime must be done with them. Then pool and runtime are asked; an
// operation that ran meanwhile may have made rooms, and what they said is void.
void scheduler_effects::rest(const rules::scheduler_table& table, const std::function<bool()>& has_work) {
  tries_to_rest_ = false;
  if (!table.exists() || rules::wants_rooms(table.recipe()))
    return;
  auto& settings = around_.context->settings;
  auto since = lasted(touched_rooms_at_, around_.context->clock());
  if (touched_rooms_at_ != never && since < settings.runtime_timeout)
    return rest_later(settings.runtime_timeout - since);
  auto later = [this](const caf::error&) {
    tries_to_rest_ = false;
    rest_later(around_.context->settings.reconcile_interval);
  };
  if (!running_.empty() || has_work())
    return later({});
  tries_to_rest_ = true;
  auto then = [this, &table, has_work, later, runs = runs_](const instance_list& list) {
    if (!list.items.empty() || runs != runs_ || !running_.empty() || has_work())
      return later({});
    tries_to_rest_ = false;
    close_peers(table);
  };
  put_question(around_.self, around_.pool, caf::infinite, count_rooms{})
      .then(
          [this, then, later](const room_counts& counts) {
            if (std::accumulate(counts.rooms.begin(), counts.rooms.end(), std::int64_t{0}) > 0)
              return later({});
            auto& context = *around_.context;
            around_.self
                ->request(context.host, context.settings.runtime_timeout, list_instances{around_.name, {}, 1})
                .then(then, later);
          },
          later);
}

void scheduler_effects::note_down(const caf::actor_addr& peer, const caf::error& why) {
  auto was = [&](const auto& handle) { return handle && handle.address() == peer; };
  auto* self = around_.self;
  auto count = [&](worker_component what) { around_.context->meter->set_current_workers(around_.name, what, 0); };
  auto* name = "runtime_watcher";
  auto is_reopening = lost_.worker || lost_.watcher;
  if (was(watcher_)) {
    watcher_ = nullptr;
    lost_.watcher = true;
    count(worker_component::runtime_watcher);
  } else if (was(worker_) || was(health_)) {
    name = was(worker_) ? "execution_worker" : "health_controller";
    self->send_exit(was(worker_) ? health_.address() : worker_.address(), caf::exit_reason::user_shutdown);
    worker_ = nullptr;
    health_ = nullptr;
    lost_.worker = true;
    running_.clear();
    count(worker_component::operation_execution);
  } else {
    return; // the other one of the two
  }
  log_error("scheduler", "a peer ended unexpectedly and is started again",
            {around_.name, {"peer", name}, {"error", from_caf(why).text}});
  if (!is_reopening)
    call_later(self, reopen_delay, scheduler_timer::reopen);
}

void scheduler_effects::reopen(const rules::scheduler_table& table) {
  auto lost = std::exchange(lost_, {});
  if (!table.exists())
    return;
  if (lost.worker) {
    open_worker();
    look(table);
  }
  if (lost.watcher)
    open_watcher();
}

// The looks of a health controller begin with the first one it is told of; a new one makes up for those missed.
void scheduler_effects::look(const rules::scheduler_table& table) {
  if (lost_.worker || rules::is_being_created(table))
    return;
  open_worker();
  around_.self->send(health_, look_now{});
}

// A journal that refuses may take the next write: a cluster's does when its store is back, a full disk's when there is room.
void scheduler_effects::halt() {
  if (std::exchange(is_halted_, true))
    return;
  halt_time_ = std::clamp<duration>(halt_time_ * 2, shortest_halt, longest_halt);
  call_later(around_.self, halt_time_, scheduler_timer::halted);
}

// Without a worker nothing runs that could be canceled; the wish is told when it runs again.
void scheduler_effects::cancel(const operation_id& id) {
  if (worker_ && running_.contains(id))
    around_.self->send(worker_, cancel_execution{id});
}

void scheduler_effects::run(const rules::run_operation& what, const rules::scheduler_table& table) {
  auto* running = table.find_active(what.id);
  MAESTRO_ASSERT(running != nullptr, "operation {} runs and is not active", what.id.str());
  open_worker();
  open_watcher();
  running_[what.id] = ++runs_;
  if (std::holds_alternative<add_rooms_operation>(running->definition) ||
      std::holds_alternative<remove_rooms_operation>(running->definition) ||
      std::holds_alternative<create_new_scheduler_version_operation>(running->definition))
    touched_rooms_at_ = around_.context->now();
  auto conclude = [this, &table, id = what.id, number = runs_](operation_outcome outcome) {
    auto run = running_.find(id);
    if (run == running_.end() || run->second != number)
      return;
    running_.erase(run);
    if (!rules::wants_rooms(table.recipe()))
      rest_later(rest_delay);
    around_.writer.enter(std::move(outcome), nobody{});
  };
  execute_operation order{*running, table.recipe(), what.is_resumed};
  if (auto* wish = std::get_if<switch_active_version_operation>(&running->definition))
    if (auto stored = rules::scheduler_of(table, around_.name, wish->new_active_version))
      order.target = *stored;
  put_question(around_.self, worker_, caf::infinite, std::move(order))
      .then([conclude](operation_outcome& outcome) { conclude(std::move(outcome)); },
            [conclude, id = what.id, definition = running->definition](const caf::error& why) {
              if (why.category() != caf::atom("maestro"))
                return; // the worker has ended: note_down hears of it
              auto failed = from_caf(why);
              operation_outcome end{id, operation_status::error, definition, {failed.text}, {}, {}};
              end.error = operation_error{to_string(failed.code), failed.text};
              conclude(std::move(end));
            });
  if (waiting_.contains(what.id))
    cancel(what.id);
}

// Exponential with the configured mean, so that schedulers do not clean up all at once (proto/README.md 3.3).
void scheduler_effects::clean_up_later() {
  auto mean = around_.context->settings.storage_cleanup_interval;
  std::exponential_distribution<double> draw(1.0);
  auto factor = std::clamp(draw(around_.random), 0.1, 2.5);
  call_later(around_.self, std::chrono::duration_cast<duration>(mean * factor), scheduler_timer::clean_up);
}

// -- who waits for an end -------------------------------------------------------------------------------------

std::vector<scheduler_effects::promise> scheduler_effects::take_waiting(const operation_id& id) {
  auto found = waiting_.find(id);
  if (found == waiting_.end())
    return {};
  auto waiters = std::move(found->second);
  waiting_.erase(found);
  return waiters;
}

void scheduler_effects::answer_waiting(const rules::answer_waiting& end) {
  for (auto& asker : take_waiting(end.id)) {
    if (end.status == operation_status::canceled)
      asker.deliver(done{});
    else
      asker.deliver(to_caf(rules::is_final_already(end.status)));
  }
}

void scheduler_effects::refuse_waiting(const operation_id& id) {
  for (auto& asker : take_waiting(id))
    asker.deliver(to_caf(rules::end_refused(id)));
}

void scheduler_effects::answer_final(const cancel_operation& wish, promise asker) {
  auto place = asking_journal_.insert(asking_journal_.end(), std::move(asker));
  auto answer = [this, place](const result<done>& told) {
    if (told)
      place->deliver(done{});
    else
      place->deliver(to_caf(told.error()));
    asking_journal_.erase(place);
  };
  around_.self
      ->request(around_.context->journal, around_.context->settings.journal_timeout,
                get_operation{around_.name, wish.id})
      .then([answer, wish](const operation& final) { answer(rules::answer_to_late_cancel(wish, final.status)); },
            [answer](const caf::error& why) { answer(answer_of(why, "journal")); });
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
