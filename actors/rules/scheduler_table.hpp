// What is durable of one scheduler: the scheduler itself, its versions and its queue of operations. `apply` is the
// only code that changes it, live and in replay alike; the scheduler's rules (actors/rules/scheduler_decisions)
// read it, its one writer (actors/scheduler/scheduler_writer) holds it.
//
//   operation:  (enqueued) pending ──started──> in_progress ──ended──> kept in the journal's `operations`
//                            └──────────────ended (canceled)─────────────────^
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "messages/events.hpp"
#include "messages/settings.hpp"

namespace maestro::rules {

class scheduler_table {
public:
  using event_type = scheduler_event;
  using snapshot_type = scheduler_snapshot;

  void apply(const scheduler_event& event);

  const scheduler_snapshot& snapshot() const { return state_; }
  void restore(scheduler_snapshot snapshot) { state_ = std::move(snapshot); }
  std::size_t size() const { return state_.pending.size() + state_.versions.size() + 1; }

  bool exists() const { return state_.exists; }
  const scheduler& recipe() const { return state_.recipe; }
  const std::vector<operation>& pending() const { return state_.pending; }
  const std::vector<operation>& active() const { return state_.active; }
  /// nullptr when it is not pending (not active).
  const operation* find_pending(const operation_id& id) const;
  const operation* find_active(const operation_id& id) const;

private:
  struct applier;
  scheduler_snapshot state_;
};

/// The scheduler as of that version (empty: the active one) or not_found.
result<scheduler> scheduler_of(const scheduler_table& table, const scheduler_name& name,
                               const std::string& version);

/// Newest first.
version_list versions_of(const scheduler_table& table);

/// The pending or the active operations; what runs shows when its lease ends.
operation_page operations_of(const scheduler_table& table, operation_stage stage, const actor_settings& settings,
                             timestamp now);

} // namespace maestro::rules
