// The one writer of a scheduler's table, behind the mailbox of SCHEDULER (actors/scheduler/scheduler): one queue of
// intents, one loop, one batch at the journal at a time.
//
//   command ──> intents ──> decide (actors/rules/scheduler_decisions) ──> carry_out ──┐
//                  ^  nothing waits and nothing runs: go_on                           │
//                  └── next <── effects <── reply <── before_reply <── apply <── journal
//
// When the worker is free, the start of the next operation is part of the batch that lets it be the next.
#pragma once

#include "actors/context.hpp"
#include "actors/event_log.hpp"
#include "actors/recipe_budget.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/small_random.hpp"
#include "actors/scheduler/one_at_a_time.hpp"
#include "actors/scheduler/scheduler_effects.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <list>
#include <random>
#include <variant>

namespace maestro {

class scheduler_writer {
public:
  using pointer = scheduler_actor::pointer;
  using command = std::variant<create_scheduler, enqueue_operation, delete_scheduler, new_scheduler_version,
                               switch_active_version, request_room_end, cancel_operation, record_progress,
                               operation_outcome, rules::recover_scheduler, rules::clean_up>;

  scheduler_writer(pointer self, const actor_context_ptr& context, const scheduler_name& name,
                   room_pool_actor pool, const local_directory_actor& directory);
  scheduler_writer(const scheduler_writer&) = delete;
  scheduler_writer& operator=(const scheduler_writer&) = delete;
  /// Whoever still waits for an answer gets one.
  ~scheduler_writer();

  const actor_context& context() const { return *context_; }
  const scheduler_name& name() const { return name_; }
  const std::string& stream() const { return log_.stream(); }
  const rules::scheduler_table& table() const { return log_.state(); }

  /// False when the journal's records cannot be read; else what exists goes on.
  bool recover(const loaded_stream& loaded, bool tells_directory);

  /// The command waits for its turn; the asker is answered when it is durable, or refused.
  void enter(command what, scheduler_asker asker);

  void timer_over(scheduler_timer which);
  void peer_down(const caf::down_msg& down) { effects_.note_down(down.source, down.reason); }

private:
  struct intent {
    command what;
    scheduler_asker asker;
  };

  void run();
  /// False when there is nothing to do.
  bool take_next();
  bool has_work() const;
  void clean_up_when_due();
  template <class Reply>
  void carry_out(rules::scheduler_decision<Reply> wanted, scheduler_asker asker);
  template <class Reply>
  void conclude(const rules::scheduler_decision<Reply>& wanted, scheduler_asker& asker);
  void carry_out_all(const std::vector<rules::scheduler_effect>& effects, scheduler_asker& asker);
  rules::occasion now();

  actor_context_ptr context_;
  scheduler_name name_;
  small_random random_;
  event_log<scheduler_actor::base, rules::scheduler_table> log_;
  recipe_share recipes_;
  scheduler_effects effects_;
  std::list<intent> intents_; ///< almost always empty; then it takes no memory
  rules::expiry_window expiries_;
  rules::ended_operation last_end_;
  one_at_a_time turn_;
  bool cleans_up_later_ = false; ///< a timer runs
};

} // namespace maestro
