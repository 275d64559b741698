// The durable state of a scheduler: its entity, its versions and its queue of operations. `apply` is the only code
// that changes it, live and in replay alike.
//
//   operation:  (enqueued) pending ──started──> in_progress ──ended──> kept in the journal's `operations`
//                            └──────────────ended (canceled)─────────────────^
#pragma once

#include "messages/events.hpp"

namespace maestro {

class scheduler_entity {
public:
  using event_type = scheduler_event;
  using snapshot_type = scheduler_snapshot;

  void apply(const scheduler_event& event);

  const scheduler_snapshot& snapshot() const { return state_; }
  void restore(scheduler_snapshot snapshot) { state_ = std::move(snapshot); }
  std::size_t size() const { return state_.pending.size() + state_.versions.size() + 1; }

  bool exists() const { return state_.exists; }
  const scheduler& entity() const { return state_.entity; }
  /// nullptr when it is not pending (not active).
  const operation* find_pending(const operation_id& id) const;
  const operation* find_active(const operation_id& id) const;

private:
  struct applier;
  scheduler_snapshot state_;
};

} // namespace maestro
