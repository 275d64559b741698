#include "actors/rules/scheduler_decisions.hpp"

#include "actors/rules/operation_history.hpp"
#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

namespace {

failure not_found(const scheduler_name& name) {
  return {ec::not_found, fmt::format("scheduler {} not found", name.str()), failure_subject::scheduler};
}

failure no_such_room(const scheduler_name& scheduler, const room_id& room) {
  return {ec::not_found, fmt::format("room {} not found in scheduler {}", room.str(), scheduler.str()),
          failure_subject::room};
}

const operation* find_same(const std::vector<operation>& list, const operation_definition& definition) {
  auto is_same = [&](const operation& one) { return one.definition.index() == definition.index(); };
  auto found = std::find_if(list.begin(), list.end(), is_same);
  return found == list.end() ? nullptr : &*found;
}

template <class Reply>
scheduler_decision<Reply> refuse(failure why) {
  scheduler_decision<Reply> refused;
  refused.reply = std::move(why);
  return refused;
}

bool is_made(const operation_outcome& outcome) {
  return outcome.status == operation_status::finished &&
         std::holds_alternative<create_scheduler_operation>(outcome.definition);
}

// More rooms than one operation may add or remove, a room that an operator ended, another make of rooms, or a new scheduler whose
// first look is no operation: the next look need not wait.
bool wants_a_look(const scheduler_table& table, const operation& ended, const actor_settings& settings) {
  bool is_done = ended.status == operation_status::finished;
  if (auto* add = std::get_if<add_rooms_operation>(&ended.definition))
    return is_done && add->amount > settings.add_limit;
  if (auto* remove = std::get_if<remove_rooms_operation>(&ended.definition))
    return is_done && (remove->amount > settings.remove_limit || remove->reason == removal_cause::requested);
  if (std::holds_alternative<switch_active_version_operation>(ended.definition))
    return is_done;
  return std::holds_alternative<create_scheduler_operation>(ended.definition) && !wants_rooms(table.recipe());
}

bool is_switch(const operation& ended) {
  return ended.status == operation_status::finished &&
         std::holds_alternative<switch_active_version_operation>(ended.definition);
}

// What follows every end, of what ran and of what never ran: numbers and log first, then whoever waits for it,
// then the directory, and at last a look at the rooms.
std::vector<scheduler_effect> effects_of_end(const scheduler_table& table, const operation& ended,
                                             bool was_deleted, const actor_settings& settings,
                                             rollback_result rollback = rollback_result::none,
                                             duration rollback_took = {}) {
  std::vector<scheduler_effect> effects{count_end{table.recipe().game, ended, rollback, rollback_took},
                                        log_note{scheduler_note::operation_ended, ended},
                                        answer_waiting{ended.id, ended.status}};
  if (was_deleted)
    effects.emplace_back(tell_gone{});
  else
    effects.emplace_back(tell_changed{});
  if (is_switch(ended))
    effects.emplace_back(tell_pool{});
  if (!was_deleted && wants_a_look(table, ended, settings))
    effects.emplace_back(look_now{});
  return effects;
}

scheduler_decision<done> cancel_pending(const scheduler_table& table, const operation& pending,
                                        const occasion& when) {
  auto final = canceled(pending, when.now);
  bool ends_scheduler = std::holds_alternative<create_scheduler_operation>(final.definition);
  auto kept = to_keep(final, when.settings);
  scheduler_decision<done> wanted;
  wanted.events.emplace_back(operation_ended{final.id, final.status, when.now, kept});
  wanted.finished.push_back(std::move(kept));
  if (ends_scheduler)
    wanted.events.emplace_back(scheduler_deleted{when.now});
  // The version that was made stays, and nothing else will ever say that no other one is being made.
  bool was_switch = std::holds_alternative<switch_active_version_operation>(final.definition);
  if (was_switch && !is_being_created(table) && table.recipe().state == scheduler_phase::creating)
    wanted.events.emplace_back(scheduler_state_changed{scheduler_phase::in_sync});
  wanted.effects = effects_of_end(table, final, ends_scheduler, when.settings);
  return wanted;
}

} // namespace

std::optional<failure> beyond_budget(const scheduler& recipe, const occasion& when) {
  auto bytes = bytes_of(recipe);
  if (bytes <= when.recipe_bytes_left)
    return {};
  return failure{
      ec::resource_exhausted,
      fmt::format("the recipe of scheduler {} takes {} bytes, and {} are left of limits.recipeBytes for all "
                  "versions of all schedulers of this node: delete schedulers, or raise the limit",
                  when.name.str(), bytes, when.recipe_bytes_left)};
}

scheduler_decision<scheduler> decide(const scheduler_table& table, const create_scheduler& command,
                                     const occasion& when) {
  if (auto* known = table.requests().find(command.request)) {
    scheduler_decision<scheduler> repeated;
    auto same = check_same(*known, definition_name(create_scheduler_operation{}));
    repeated.reply = same ? scheduler_of(table, when.name, {}) : same.error();
    return repeated;
  }
  if (table.exists() || command.is_to_repeat)
    return refuse<scheduler>(
        {ec::already_exists, fmt::format("error creating scheduler {}: name already exists", when.name.str())});
  if (auto why = beyond_budget(command.recipe, when))
    return refuse<scheduler>(*why);
  auto recipe = command.recipe;
  recipe.created_at = when.now;
  recipe.state = scheduler_phase::creating;
  recipe.spec.version = "v1.0.0";
  auto op = created(when.draw_id(), when.name, create_scheduler_operation{recipe}, when.now);
  scheduler_decision<scheduler> wanted;
  wanted.events = {scheduler_created{recipe}, operation_enqueued{op, false, command.request}};
  wanted.before_reply = {tell_changed{}, open_peers{}, log_note{scheduler_note::creating, op}};
  wanted.reply = std::move(recipe);
  return wanted;
}

scheduler_decision<operation_id> decide(const scheduler_table& table, const enqueue_operation& command,
                                        const occasion& when) {
  if (!table.exists())
    return refuse<operation_id>(not_found(when.name));
  scheduler_decision<operation_id> wanted;
  auto* same = find_same(table.pending(), command.definition);
  if (command.unless_queued && same != nullptr) {
    wanted.reply = same->id;
    return wanted;
  }
  auto queued = static_cast<std::int64_t>(table.pending().size());
  if (queued >= when.settings.operations_queue_limit)
    return refuse<operation_id>(
        {ec::resource_exhausted, fmt::format("scheduler {} has {} pending operations, the limit is {}",
                                             when.name.str(), queued, when.settings.operations_queue_limit)});
  auto op = created(when.draw_id(), when.name, command.definition, when.now);
  wanted.reply = op.id;
  wanted.events.emplace_back(operation_enqueued{std::move(op), command.priority, command.request});
  return wanted;
}

std::optional<scheduler_decision<operation_id>>
decided_before(const scheduler_table& table, const request_key& key, const operation_definition& wanted) {
  auto* known = table.requests().find(key);
  if (known == nullptr)
    return {};
  scheduler_decision<operation_id> repeated;
  auto same = check_same(*known, definition_name(wanted));
  repeated.reply = same ? result<operation_id>(operation_id(known->answer)) : same.error();
  return repeated;
}

scheduler_decision<operation_id> decide(const scheduler_table& table, const delete_scheduler& command,
                                        const occasion& when) {
  if (auto before = decided_before(table, command.request, delete_scheduler_operation{}))
    return *before;
  scheduler_decision<operation_id> same_wish;
  if (auto* running = find_same(table.active(), delete_scheduler_operation{})) {
    same_wish.reply = running->id;
    return same_wish;
  }
  auto wanted = decide(table, enqueue_operation{delete_scheduler_operation{}, false, true, command.request}, when);
  if (!wanted.reply)
    return wanted; // the scheduler stays, and so does what runs
  // Nobody will need the version that is being made.
  for (auto& running : table.active())
    if (std::holds_alternative<create_new_scheduler_version_operation>(running.definition))
      wanted.effects.emplace_back(cancel_run{running.id});
  return wanted;
}

scheduler_decision<operation_id> decide(const scheduler_table& table, const request_room_end& command,
                                        const occasion& when) {
  remove_rooms_operation removal{{command.room}, 0, removal_cause::requested};
  if (auto before = decided_before(table, command.request, removal))
    return *before;
  if (command.is_to_repeat)
    return refuse<operation_id>(no_such_room(when.name, command.room));
  return decide(table, enqueue_operation{std::move(removal), true, false, command.request}, when);
}

scheduler_decision<done> decide(const scheduler_table& table, const cancel_operation& command,
                                const occasion& when) {
  if (auto* pending = table.find_pending(command.id))
    return cancel_pending(table, *pending, when);
  auto* active = table.find_active(command.id);
  if (active != nullptr && when.is_halted)
    return refuse<done>(end_refused(command.id));
  // A wish that came while the end was written; the journal need not be asked, which a deleted scheduler would not
  // live to hear answer.
  scheduler_decision<done> wanted;
  if (active == nullptr && when.last_end.id == command.id) {
    wanted.reply = answer_to_late_cancel(command, when.last_end.status);
    return wanted;
  }
  if (active == nullptr && !table.exists())
    return refuse<done>(not_found(when.name));
  wanted.answers_later = true;
  if (active == nullptr)
    wanted.effects = {ask_final{command}};
  else
    wanted.effects = {await_end{command.id}, cancel_run{command.id}};
  return wanted;
}

scheduler_decision<done> decide(const scheduler_table& table, const record_progress& command,
                                const occasion& when) {
  scheduler_decision<done> wanted;
  if (table.find_active(command.id) == nullptr)
    return wanted;
  if (!command.event.empty())
    wanted.events.emplace_back(operation_progressed{command.id, {when.now, command.event}});
  if (command.step)
    wanted.events.emplace_back(operation_stepped{command.id, *command.step, when.now});
  return wanted;
}

namespace {

// A version beyond the bound costs the oldest that is neither active nor new.
void drop_versions(std::vector<scheduler_event>& events, const scheduler_table& table,
                   const actor_settings& settings) {
  auto adds = std::any_of(events.begin(), events.end(),
                          [](auto& event) { return std::holds_alternative<scheduler_version_added>(event); });
  auto numbers = table.version_numbers();
  auto surplus = static_cast<std::int64_t>(numbers.size()) + adds - settings.versions_limit;
  for (auto& number : numbers) {
    if (!adds || surplus <= 0)
      return;
    if (number == table.recipe().spec.version)
      continue;
    events.emplace_back(scheduler_version_dropped{number});
    --surplus;
  }
}

} // namespace

scheduler_decision<no_reply> decide(const scheduler_table& table, const operation_outcome& outcome,
                                    const occasion& when) {
  scheduler_decision<no_reply> wanted;
  auto* running = table.find_active(outcome.id);
  if (running == nullptr)
    return wanted;
  auto told = outcome;
  std::vector<scheduler_event> follow_ups;
  for (auto& follow_up : outcome.follow_ups) {
    auto op = created(when.draw_id(), when.name, follow_up.definition, when.now);
    told.history.push_back(follow_up_line(op.definition, op.id));
    follow_ups.emplace_back(operation_enqueued{std::move(op), follow_up.priority});
  }
  auto final = ended(*running, told, when.now);
  auto kept = to_keep(final, when.settings);
  wanted.events.emplace_back(operation_ended{outcome.id, outcome.status, when.now, kept});
  wanted.finished.push_back(std::move(kept));
  wanted.events.insert(wanted.events.end(), follow_ups.begin(), follow_ups.end());
  bool was_deleted = false;
  // A new scheduler that wants rooms has none: the first look is part of its creation.
  if (is_made(outcome) && wants_rooms(table.recipe())) {
    auto op = created(when.draw_id(), when.name, health_controller_operation{}, when.now);
    wanted.events.emplace_back(operation_enqueued{std::move(op), false});
  }
  for (auto& transition : outcome.transitions) {
    was_deleted = was_deleted || std::holds_alternative<scheduler_deleted>(transition);
    wanted.events.push_back(transition);
  }
  drop_versions(wanted.events, table, when.settings);
  wanted.drops_finished = was_deleted && std::holds_alternative<delete_scheduler_operation>(final.definition);
  wanted.effects =
      effects_of_end(table, final, was_deleted, when.settings, outcome.rollback, outcome.rollback_took);
  wanted.if_refused = {halt{}, refuse_waiting{final.id}, log_note{scheduler_note::end_refused, final}};
  return wanted;
}

scheduler_decision<no_reply> decide(const scheduler_table& table, const clean_up&, const occasion& when) {
  scheduler_decision<no_reply> wanted;
  bool is_due = when.expiries.first != never && when.expiries.first <= when.now;
  if (table.exists() && is_due)
    wanted.events = decide(table, enqueue_operation{storage_clean_up_operation{}, false, true}, when).events;
  return wanted;
}

scheduler_decision<no_reply> decide(const scheduler_table& table, const recover_scheduler& command,
                                    const occasion&) {
  scheduler_decision<no_reply> wanted;
  if (command.tells_directory && table.exists())
    wanted.effects.emplace_back(tell_changed{});
  if (command.tells_directory && !table.exists())
    wanted.effects.emplace_back(tell_gone{});
  if (table.exists())
    wanted.effects.emplace_back(open_peers{});
  if (table.exists() && !is_being_created(table))
    wanted.effects.emplace_back(look_now{});
  return wanted;
}

namespace {

// A scheduler whose next version is being made says so, as the original does.
void start(std::vector<scheduler_event>& events, std::vector<scheduler_effect>& effects, const operation& next,
           timestamp now) {
  effects.emplace_back(run_operation{next.id, false});
  if (std::holds_alternative<create_new_scheduler_version_operation>(next.definition)) {
    events.emplace_back(scheduler_state_changed{scheduler_phase::creating});
    effects.emplace_back(tell_changed{});
  }
  events.emplace_back(operation_started{next.id, now});
}

// Those that run while another one waits: the control loop's, so that a fleet follows its players meanwhile.
bool is_of_control_loop(const operation& one) {
  return std::visit(overloaded{
                        [](const health_controller_operation&) { return true; },
                        [](const add_rooms_operation&) { return true; },
                        [](const remove_rooms_operation&) { return true; },
                        [](const create_scheduler_operation&) { return false; },
                        [](const create_new_scheduler_version_operation&) { return false; },
                        [](const switch_active_version_operation&) { return false; },
                        [](const delete_scheduler_operation&) { return false; },
                        [](const storage_clean_up_operation&) { return false; },
                    },
                    one.definition);
}

const operation* next_pending(const scheduler_table& table) {
  auto& pending = table.pending();
  if (pending.empty() || table.active().empty())
    return pending.empty() ? nullptr : &pending.front();
  if (table.active().size() > 1 || !is_waiting(table.active().front()))
    return nullptr;
  auto found = std::find_if(pending.begin(), pending.end(), is_of_control_loop);
  return found == pending.end() ? nullptr : &*found;
}

} // namespace

scheduler_decision<no_reply> decide(const scheduler_table& table, const go_on&, const occasion& when) {
  scheduler_decision<no_reply> wanted;
  auto is_lost = [&](const operation& one) {
    return std::find(when.running.begin(), when.running.end(), one.id) == when.running.end();
  };
  auto& active = table.active();
  if (auto lost = std::find_if(active.begin(), active.end(), is_lost); lost != active.end()) {
    auto* why = when.is_after_halt ? "Resuming after the journal refused a write" : "Resuming after a restart";
    wanted.events.emplace_back(operation_progressed{lost->id, {when.now, why}});
    wanted.effects = {run_operation{lost->id, true}};
  } else if (auto* next = next_pending(table)) {
    start(wanted.events, wanted.effects, *next, when.now);
  }
  if (!wanted.events.empty())
    wanted.if_refused = {halt{}};
  return wanted;
}

void add_start(std::vector<scheduler_event>& events, std::vector<scheduler_effect>& effects,
               const scheduler_table& table, timestamp now) {
  auto has_ended = [&](const operation_id& id) {
    return std::any_of(events.begin(), events.end(), [&](auto& event) {
      auto* ended = std::get_if<operation_ended>(&event);
      return ended != nullptr && ended->id == id;
    });
  };
  auto still_there = [&](const operation& one) { return !has_ended(one.id); };
  if (std::any_of(table.active().begin(), table.active().end(), still_there))
    return;
  auto queued = std::find_if(table.pending().begin(), table.pending().end(), still_there);
  auto* next = queued != table.pending().end() ? &*queued : nullptr;
  for (auto& event : events) {
    if (std::holds_alternative<scheduler_deleted>(event) || std::holds_alternative<operation_started>(event))
      return;
    if (auto* added = std::get_if<operation_enqueued>(&event); added && (added->priority || next == nullptr))
      next = &added->what;
  }
  if (next != nullptr)
    start(events, effects, operation{*next}, now);
}

bool is_being_created(const scheduler_table& table) {
  auto creates = [](const operation& one) {
    return std::holds_alternative<create_scheduler_operation>(one.definition);
  };
  return std::any_of(table.active().begin(), table.active().end(), creates) ||
         std::any_of(table.pending().begin(), table.pending().end(), creates);
}

bool is_waiting(const operation& running) {
  return running.step && std::holds_alternative<validation_waiting>(*running.step);
}

bool wants_rooms(const scheduler& recipe) {
  return recipe.rooms_replicas > 0 || (recipe.autoscaling && recipe.autoscaling->enabled);
}

failure is_final_already(operation_status status) {
  return {ec::aborted,
          fmt::format("cannot cancel operation since status \"{}\" is a final status", to_string(status))};
}

result<done> answer_to_late_cancel(const cancel_operation& wish, operation_status status) {
  if (status == operation_status::canceled && !wish.request.empty())
    return done{};
  return is_final_already(status);
}

failure end_refused(const operation_id& id) {
  return {ec::unavailable,
          fmt::format("the journal does not take what becomes of operation {}; its scheduler runs nothing until "
                      "the node starts again",
                      id.str())};
}

namespace {

// The row of a clean-up itself opens no window: else an idle scheduler would clean up after its last clean-up, and
// so on for ever.
expiry_window after_end(const expiry_window& window, const finished_operation& kept, timestamp now) {
  if (std::holds_alternative<storage_clean_up_operation>(kept.what.definition)) {
    bool is_clean = kept.what.status == operation_status::finished && window.first <= now;
    return !is_clean ? window : window.last > now ? expiry_window{window.last, window.last} : expiry_window{};
  }
  if (kept.expires_at == never)
    return window;
  auto first = window.first == never ? kept.expires_at : std::min(window.first, kept.expires_at);
  return {first, std::max(window.last, kept.expires_at)};
}

} // namespace

expiry_window after_ends(expiry_window window, const std::vector<scheduler_event>& events, timestamp now) {
  for (auto& event : events)
    if (auto* ended = std::get_if<operation_ended>(&event); ended != nullptr && ended->record)
      window = after_end(window, *ended->record, now);
  return window;
}

} // namespace maestro::rules
