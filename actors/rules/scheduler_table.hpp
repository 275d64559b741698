// What is durable of one scheduler: the scheduler itself, its versions and its queue of operations. `apply` is the
// only code that changes it, live and in replay alike; the scheduler's rules (actors/rules/scheduler_decisions)
// read it, its one writer (actors/scheduler/scheduler_writer) holds it.
//
//   operation:  (enqueued) pending ──started──> in_progress ──ended──> kept in the journal's `operations`
//                            └──────────────ended (canceled)─────────────────^
#pragma once

#include "actors/rules/request_memory.hpp"
#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "messages/events.hpp"
#include "messages/settings.hpp"
#include "messages/shared_value.hpp"

namespace maestro::rules {

class scheduler_table {
public:
  using event_type = scheduler_event;
  using snapshot_type = scheduler_snapshot;

  void apply(const scheduler_event& event);

  scheduler_snapshot snapshot() const;
  void restore(scheduler_snapshot snapshot);
  std::size_t size() const { return pending_.size() + versions_.size() + 1; }

  bool exists() const { return exists_; }
  const scheduler& recipe() const { return *recipe_; }
  const shared_value<scheduler>& shared_recipe() const { return recipe_; }
  /// Oldest first; then one that an operation under way tries out: it may have a room, also after a restart.
  std::vector<shared_value<scheduler>> every_version() const;
  std::vector<std::string> version_numbers() const;
  const std::vector<operation>& pending() const { return pending_; }
  const std::vector<operation>& active() const { return active_; }
  /// nullptr when it is not pending (not active).
  const operation* find_pending(const operation_id& id) const;
  const operation* find_active(const operation_id& id) const;
  /// Operations that were asked for with a key; also those that have ended.
  const request_memory& requests() const { return requests_; }
  /// Of all versions and of the operations that make one, as the journal writes them.
  std::uint64_t recipe_bytes() const { return recipe_bytes_; }

private:
  friend result<scheduler> scheduler_of(const scheduler_table& table, const scheduler_name& name,
                                        const std::string& version);
  friend version_list versions_of(const scheduler_table& table);

  using shared_scheduler = shared_value<scheduler>;

  /// What is stored of a version is the recipe as it was when it came; only these can differ from what is active.
  struct version {
    shared_scheduler recipe;
    scheduler_phase state = scheduler_phase::creating;
    timestamp last_downscale_at = never;
    timestamp created_at = never;
    std::uint64_t bytes = 0;
  };
  struct applier;
  void change(scheduler next);
  std::vector<version>::iterator find_version(const std::string& number);

  bool exists_ = false;
  shared_scheduler recipe_; ///< and of the active version, which is the same
  std::vector<version> versions_;
  std::vector<operation> pending_;
  std::vector<operation> active_;
  request_memory requests_;
  std::uint64_t recipe_bytes_ = 0;
};

/// What a recipe takes (limits.recipeBytes).
std::uint64_t bytes_of(const scheduler& recipe);

/// The scheduler as of that version (empty: the active one), created when that version was; or not_found.
result<scheduler> scheduler_of(const scheduler_table& table, const scheduler_name& name,
                               const std::string& version);

/// Newest first.
version_list versions_of(const scheduler_table& table);

/// The pending or the active operations; what runs shows when its lease ends.
operation_page operations_of(const scheduler_table& table, operation_stage stage, const actor_settings& settings,
                             timestamp now);

} // namespace maestro::rules
