#include "actors/rules/operation_history.hpp"

#include "messages/overloaded.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace maestro::rules {

namespace {

void add_line(operation& op, timestamp at, std::string line) {
  op.history.push_back({at, std::move(line)});
}

void add_rollback(operation& op, const operation_outcome& outcome, timestamp at) {
  if (outcome.rollback == rollback_result::none)
    return;
  add_line(op, at, "Starting operation rollback");
  if (outcome.rollback == rollback_result::succeeded)
    add_line(op, at, "Operation rollback flow execution finished with success");
  else
    add_line(op, at, "Operation rollback flow execution failed, reason: " + outcome.rollback_failure);
}

// Runs of the control loop and of the rooms come and go; what made or ends the scheduler is kept with it.
bool expires(const operation_definition& definition) {
  return std::visit(overloaded{
                        [](const add_rooms_operation&) { return true; },
                        [](const remove_rooms_operation&) { return true; },
                        [](const health_controller_operation&) { return true; },
                        [](const storage_clean_up_operation&) { return true; },
                        [](const create_scheduler_operation&) { return false; },
                        [](const create_new_scheduler_version_operation&) { return false; },
                        [](const switch_active_version_operation&) { return false; },
                        [](const delete_scheduler_operation&) { return false; },
                    },
                    definition);
}

} // namespace

operation created(operation_id id, const scheduler_name& scheduler, operation_definition definition,
                  timestamp at) {
  operation op;
  op.id = std::move(id);
  op.scheduler = scheduler;
  op.definition = std::move(definition);
  op.created_at = at;
  add_line(op, at, "Created");
  return op;
}

operation started(operation pending, timestamp at) {
  pending.status = operation_status::in_progress;
  pending.started_at = at;
  add_line(pending, at, "Starting operation");
  return pending;
}

operation ended(operation running, const operation_outcome& outcome, timestamp at) {
  running.status = outcome.status;
  running.ended_at = at;
  running.definition = outcome.definition;
  running.step.reset();
  running.error = outcome.error;
  for (auto& line : outcome.history)
    add_line(running, at, line);
  if (outcome.status != operation_status::finished)
    add_line(running, at,
             outcome.status == operation_status::canceled ? "context canceled" : "operation execution failed");
  add_rollback(running, outcome, at);
  add_line(running, at, "Operation finished");
  return running;
}

operation canceled(operation pending, timestamp at) {
  pending.status = operation_status::canceled;
  pending.ended_at = at;
  add_line(pending, at, "Operation canceled");
  return pending;
}

std::string follow_up_line(const operation_definition& definition, const operation_id& id) {
  if (auto* add = std::get_if<add_rooms_operation>(&definition))
    return fmt::format("created operation (id: {}) to add {} rooms.", id.str(), add->amount);
  if (auto* remove = std::get_if<remove_rooms_operation>(&definition)) {
    if (remove->rooms_ids.empty())
      return fmt::format("created operation (id: {}) to remove {} rooms.", id.str(), remove->amount);
    return fmt::format("created operation (id: {}) to remove {} expired rooms.", id.str(),
                       remove->rooms_ids.size());
  }
  if (std::holds_alternative<switch_active_version_operation>(definition))
    return fmt::format("enqueued switch active version operation with id: {}", id.str());
  return fmt::format("created operation (id: {}): {}.", id.str(), definition_name(definition));
}

finished_operation to_keep(operation final, const actor_settings& settings) {
  finished_operation kept;
  kept.listed = took_action(final.definition);
  if (expires(final.definition))
    kept.expires_at = final.created_at + settings.operations_ttl;
  kept.what = std::move(final);
  return kept;
}

timestamp lease_until(timestamp started_at, duration ttl, timestamp now) {
  auto renewals = now > started_at ? (now - started_at) / ttl : 0;
  return started_at + (renewals + 1) * ttl;
}

} // namespace maestro::rules
