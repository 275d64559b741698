#include "actors/scheduler_core.hpp"

#include "actors/execution_worker.hpp"
#include "actors/health_controller.hpp"
#include "actors/metrics.hpp"
#include "actors/random.hpp"
#include "actors/rules/operation_history.hpp"
#include "actors/runtime_watcher.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

template <class Promise, class T>
void reply(Promise& answer, T&& value) {
  answer.deliver(std::forward<T>(value));
}

} // namespace

scheduler_core::scheduler_core(pointer self_ptr, actor_context_ptr ctx, scheduler_name named,
                               room_pool_actor pool_of, const scheduler_directory_actor& directory_of)
    : self(self_ptr), context(std::move(ctx)), name(std::move(named)),
      log(self, context->journal, "scheduler/" + name.str(), context->now, context->limits),
      pool_(std::move(pool_of)), directory_(caf::actor_cast<caf::weak_actor_ptr>(directory_of)),
      random_(random_for(context->seed, "scheduler/" + name.str(), context->now())) {}

scheduler_core::~scheduler_core() {
  if (!worker_)
    return;
  caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(health_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
}

failure scheduler_core::not_found() const {
  return {ec::not_found, fmt::format("scheduler {} not found", name.str())};
}

// -- the write lock --------------------------------------------------------------------------------------------

void scheduler_core::enter(action act) {
  if (is_writing_)
    waiting_.push_back(std::move(act));
  else
    act();
}

void scheduler_core::write(std::vector<scheduler_event> events, action then, std::function<void(failure)> refused,
                           append_extras extras) {
  is_writing_ = true;
  log.append(
      std::move(events),
      [this, then = std::move(then)] {
        is_writing_ = false;
        then();
        leave();
      },
      [this, refused = std::move(refused)](const failure& why) {
        is_writing_ = false;
        refused(why);
        leave();
      },
      std::move(extras));
}

void scheduler_core::leave() {
  while (!is_writing_ && !waiting_.empty()) {
    auto act = std::move(waiting_.front());
    waiting_.pop_front();
    act();
  }
  run_next();
}

// -- commands --------------------------------------------------------------------------------------------------

void scheduler_core::create(const create_scheduler& command, promise<scheduler> answer) {
  enter([this, entity = command.entity, answer]() mutable {
    if (state().exists()) {
      answer.deliver(to_caf(
          {ec::already_exists, fmt::format("error creating scheduler {}: name already exists", name.str())}));
      return;
    }
    entity.created_at = now();
    entity.state = scheduler_state::creating;
    entity.spec.version = "v1.0.0";
    auto op = rules::created(draw_operation_id(random_), name, create_scheduler_operation{entity}, now());
    log_info("scheduler", "creating scheduler", {name, op.id, {"game", entity.game}});
    write(
        {scheduler_created{entity}, operation_enqueued{op, false}},
        [this, answer, entity]() mutable {
          tell_directory();
          open();
          answer.deliver(entity);
        },
        [answer](const failure& why) mutable { answer.deliver(to_caf(why)); });
  });
}

void scheduler_core::enqueue(const enqueue_operation& command, promise<operation_id> answer) {
  enter([this, command, answer]() mutable {
    if (!state().exists())
      return reply(answer, to_caf(not_found()));
    auto& pending = state().snapshot().pending;
    auto is_same = [&](const operation& one) { return one.definition.index() == command.definition.index(); };
    auto same = std::find_if(pending.begin(), pending.end(), is_same);
    if (command.unless_queued && same != pending.end())
      return reply(answer, same->id);
    if (static_cast<std::int64_t>(pending.size()) >= context->limits.operations_queue_limit)
      return reply(answer,
                   to_caf({ec::resource_exhausted,
                           fmt::format("scheduler {} has {} pending operations, the limit is {}", name.str(),
                                       pending.size(), context->limits.operations_queue_limit)}));
    auto op = rules::created(draw_operation_id(random_), name, command.definition, now());
    auto id = op.id;
    write(
        {operation_enqueued{std::move(op), command.priority}}, [answer, id]() mutable { answer.deliver(id); },
        [answer](const failure& why) mutable { answer.deliver(to_caf(why)); });
  });
}

// A second delete while one is queued or running is the same wish.
void scheduler_core::remove(promise<operation_id> answer) {
  enter([this, answer]() mutable {
    for (auto& one : state().snapshot().active)
      if (std::holds_alternative<delete_scheduler_operation>(one.definition))
        return reply(answer, one.id);
    enqueue({delete_scheduler_operation{}, false, true}, answer);
  });
}

void scheduler_core::progress(const record_progress& command, promise<done> answer) {
  enter([this, command, answer]() mutable {
    if (state().find_active(command.id) == nullptr)
      return reply(answer, done{});
    write(
        {operation_progressed{command.id, {now(), command.event}}}, [answer]() mutable { answer.deliver(done{}); },
        [answer](const failure& why) mutable { answer.deliver(to_caf(why)); });
  });
}

void scheduler_core::cancel(const operation_id& id, promise<done> answer) {
  enter([this, id, answer]() mutable {
    if (auto* pending = state().find_pending(id))
      return cancel_pending(*pending, answer);
    if (state().find_active(id) == nullptr)
      return answer_final(id, answer);
    cancels_[id].push_back(answer);
    self->send(worker_, cancel_execution{id});
  });
}

void scheduler_core::cancel_pending(const operation& pending, promise<done> answer) {
  auto final = rules::canceled(pending, now());
  bool ends_scheduler = std::holds_alternative<create_scheduler_operation>(final.definition);
  std::vector<scheduler_event> events{operation_ended{final.id, final.status, now()}};
  if (ends_scheduler)
    events.emplace_back(scheduler_deleted{now()});
  append_extras extras{{rules::to_keep(final, context->limits)}, {}};
  write(
      std::move(events),
      [this, answer, final, ends_scheduler]() mutable {
        answer.deliver(done{});
        after_end(final, ends_scheduler);
      },
      [answer](const failure& why) mutable { answer.deliver(to_caf(why)); }, std::move(extras));
}

void scheduler_core::answer_final(const operation_id& id, promise<done> answer) {
  self->request(context->journal, caf::infinite, get_operation{name, id})
      .then(
          [answer](const operation& final) mutable {
            answer.deliver(
                to_caf({ec::aborted, fmt::format("cannot cancel operation since status \"{}\" is a final status",
                                                 to_string(final.status))}));
          },
          [answer](const caf::error& why) mutable { answer.deliver(why); });
}

// -- reads -----------------------------------------------------------------------------------------------------

operation_page scheduler_core::list(operation_stage stage) const {
  auto& snapshot = state().snapshot();
  operation_page page;
  page.items = stage == operation_stage::pending ? snapshot.pending : snapshot.active;
  for (auto& one : page.items)
    if (one.status == operation_status::in_progress)
      one.lease_until = rules::lease_until(one.started_at, context->limits.operation_lease_ttl, now());
  page.total = static_cast<std::uint32_t>(page.items.size());
  return page;
}

result<scheduler> scheduler_core::entity(const std::string& version) const {
  if (!state().exists())
    return not_found();
  if (version.empty())
    return state().entity();
  for (auto& stored : state().snapshot().versions) {
    if (stored.entity.spec.version != version)
      continue;
    auto entity = stored.entity;
    entity.state = state().entity().state;
    entity.created_at = stored.created_at;
    return entity;
  }
  return not_found();
}

version_list scheduler_core::versions() const {
  version_list list;
  for (auto& stored : state().snapshot().versions)
    list.items.push_back({stored.entity.spec.version, stored.entity.spec.version == state().entity().spec.version,
                          stored.created_at});
  std::reverse(list.items.begin(), list.items.end());
  return list;
}

// -- running operations ----------------------------------------------------------------------------------------

void scheduler_core::open() {
  self->send(pool_, update_recipe{state().entity()});
  auto me = caf::actor_cast<scheduler_actor>(self);
  health_ = spawn_health_controller(self->system(), context, me, pool_);
  worker_ = spawn_execution_worker(self->system(), context, me, pool_, health_);
  watcher_ = spawn_runtime_watcher(self->system(), context, name, pool_);
  clean_up_later();
  game_ = state().entity().game;
  context->meter->set_current_workers(name, worker_component::operation_execution, 1);
  context->meter->set_current_workers(name, worker_component::runtime_watcher, 1);
  if (state().entity().state == scheduler_state::in_sync)
    self->send(health_, update_recipe{state().entity()});
  if (state().snapshot().active.empty())
    return run_next();
  auto line = operation_progressed{state().snapshot().active.front().id, {now(), "Resuming after a restart"}};
  write(
      {line}, [this] { execute(true); }, [this](const failure&) { is_halted_ = true; });
}

void scheduler_core::tell_directory() {
  auto directory = caf::actor_cast<scheduler_directory_actor>(directory_);
  if (!directory)
    return;
  if (state().exists())
    self->send(directory, scheduler_changed{state().entity()});
  else
    self->send(directory, scheduler_gone{name});
}

// Exponential with the configured mean, so that schedulers do not clean up all at once (behaviour.md 3.3).
void scheduler_core::clean_up_later() {
  auto mean = context->limits.storage_cleanup_interval;
  std::exponential_distribution<double> draw(1.0);
  auto factor = std::clamp(draw(random_), 0.1, 2.5);
  self->delayed_send(self, std::chrono::duration_cast<duration>(mean * factor), timer_fired{});
}

void scheduler_core::run_next() {
  auto& snapshot = state().snapshot();
  if (is_writing_ || is_halted_ || !worker_ || !snapshot.active.empty() || snapshot.pending.empty())
    return;
  write(
      {operation_started{snapshot.pending.front().id, now()}}, [this] { execute(false); },
      [this](const failure&) { is_halted_ = true; });
}

void scheduler_core::execute(bool resumed) {
  auto& running = state().snapshot().active.front();
  self->request(worker_, caf::infinite, execute_operation{running, state().entity(), resumed})
      .then(
          [this](operation_outcome& outcome) {
            enter([this, outcome = std::move(outcome)]() mutable { conclude(std::move(outcome)); });
          },
          [this, id = running.id, definition = running.definition](const caf::error& why) {
            operation_outcome outcome{id, operation_status::error, definition, {from_caf(why).text}, {}, {}};
            enter([this, outcome = std::move(outcome)]() mutable { conclude(std::move(outcome)); });
          });
}

void scheduler_core::conclude(operation_outcome outcome) {
  auto* running = state().find_active(outcome.id);
  if (running == nullptr)
    return;
  std::vector<scheduler_event> events{operation_ended{outcome.id, outcome.status, now()}};
  for (auto& follow_up : outcome.follow_ups) {
    auto op = rules::created(draw_operation_id(random_), name, follow_up.definition, now());
    outcome.history.push_back(rules::follow_up_line(op.definition, op.id));
    events.emplace_back(operation_enqueued{std::move(op), follow_up.priority});
  }
  bool was_deleted = false;
  for (auto& transition : outcome.transitions) {
    was_deleted = was_deleted || std::holds_alternative<scheduler_deleted>(transition);
    events.push_back(transition);
  }
  auto final = rules::ended(*running, outcome, now());
  append_extras extras{{rules::to_keep(final, context->limits)}, {}};
  if (was_deleted && std::holds_alternative<delete_scheduler_operation>(final.definition))
    extras.drop_operations_of = name;
  write(
      std::move(events), [this, final, was_deleted] { after_end(final, was_deleted); },
      [this](const failure& why) {
        is_halted_ = true;
        log_error("scheduler", "the end of an operation could not be journaled", {name, {"error", why.text}});
      },
      std::move(extras));
}

void scheduler_core::count_end(const operation& ended) {
  auto& meter = *context->meter;
  auto definition = definition_name(ended.definition);
  bool is_success = ended.status == operation_status::finished;
  if (ended.started_at != never)
    meter.operation_executed(game_, name, definition, is_success, ended.ended_at - ended.started_at);
  if (ended.started_at != never && !is_success)
    meter.operation_rolled_back(game_, name, definition, true, duration{});
  if (ended.status != operation_status::error)
    return;
  if (std::holds_alternative<add_rooms_operation>(ended.definition))
    meter.add_rooms_failed(name);
  if (std::holds_alternative<remove_rooms_operation>(ended.definition))
    meter.remove_rooms_failed(name);
}

void scheduler_core::after_end(const operation& ended, bool was_deleted) {
  count_end(ended);
  maestro::log(took_action(ended.definition) ? log_level::info : log_level::debug, "scheduler", "operation ended",
               {name,
                ended.id,
                {"operation_definition", definition_name(ended.definition)},
                {"status", to_string(ended.status)}});
  if (auto waiters = cancels_.extract(ended.id); !waiters.empty()) {
    for (auto& answer : waiters.mapped()) {
      if (ended.status == operation_status::canceled)
        answer.deliver(done{});
      else
        answer_final(ended.id, answer);
    }
  }
  tell_directory();
  if (was_deleted)
    return;
  auto* add = std::get_if<add_rooms_operation>(&ended.definition);
  bool left_some =
      add != nullptr && ended.status == operation_status::finished && add->amount > context->limits.add_limit;
  if (left_some || std::holds_alternative<create_scheduler_operation>(ended.definition))
    self->send(health_, update_recipe{state().entity()});
}

} // namespace maestro
