// What a scheduler decides: one `decide` for each command, from its table alone. Called by the scheduler's one
// writer (actors/scheduler/scheduler_writer), which draws the ids, reads the clock and carries the decision out.
//
//   create ──> (create_scheduler enqueued)      enqueue, delete ──> pending      go_on ──> in_progress
//   cancel ──> ended at once | wish to the worker, answered at its end           conclude ──> ended, follow-ups
#pragma once

#include "actors/rules/decision.hpp"
#include "actors/rules/scheduler_table.hpp"
#include "messages/commands.hpp"
#include "messages/settings.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <variant>

namespace maestro::rules {

// -- effects ---------------------------------------------------------------------------------------------------

/// To the SCHEDULER DIRECTORY: the scheduler as it is now.
struct tell_changed {
  bool operator==(const tell_changed&) const = default;
};
/// To the SCHEDULER DIRECTORY: it is no more. The directory ends the scheduler then.
struct tell_gone {
  bool operator==(const tell_gone&) const = default;
};
/// To its ROOM POOL: the active version and every other one.
struct tell_pool {
  bool operator==(const tell_pool&) const = default;
};
/// Its EXECUTION WORKER, HEALTH CONTROLLER and RUNTIME WATCHER are spawned, the pool gets the scheduler.
struct open_peers {
  bool operator==(const open_peers&) const = default;
};
struct run_operation {
  operation_id id;
  bool is_resumed = false;
  bool operator==(const run_operation&) const = default;
};
/// A wish; the operation ends at its next step.
struct cancel_run {
  operation_id id;
  bool operator==(const cancel_run&) const = default;
};
/// The asker is answered when that operation ends.
struct await_end {
  operation_id id;
  bool operator==(const await_end&) const = default;
};
/// The asker is answered with what the journal knows of an operation that ended before.
struct ask_final {
  cancel_operation wish;
  bool operator==(const ask_final& other) const { return wish.id == other.wish.id; }
};
/// Answers those who wait for that end.
struct answer_waiting {
  operation_id id;
  operation_status status = operation_status::finished;
  bool operator==(const answer_waiting&) const = default;
};
/// The journal refused that end: those who wait for it hear so.
struct refuse_waiting {
  operation_id id;
  bool operator==(const refuse_waiting&) const = default;
};
/// The HEALTH CONTROLLER need not wait for its next tick.
struct look_now {
  bool operator==(const look_now&) const = default;
};
struct count_end {
  std::string game;
  operation ended;
  rollback_result rollback = rollback_result::none;
  duration rollback_took{};
  bool operator==(const count_end&) const = default;
};
enum class scheduler_note : std::uint8_t { creating, operation_ended, end_refused };
struct log_note {
  scheduler_note what = scheduler_note::creating;
  operation about;
  bool operator==(const log_note&) const = default;
};
/// The journal refused what must not be lost: nothing runs for a while, then what was interrupted goes on as after a restart.
struct halt {
  bool operator==(const halt&) const = default;
};

using scheduler_effect =
    std::variant<tell_changed, tell_gone, tell_pool, open_peers, run_operation, cancel_run, await_end, ask_final,
                 answer_waiting, refuse_waiting, look_now, count_end, log_note, halt>;

// -- decisions -------------------------------------------------------------------------------------------------

template <class Reply>
struct scheduler_decision : decision<scheduler_event, Reply, scheduler_effect> {
  std::vector<finished_operation> finished; ///< kept in the same batch as the events
  bool drops_finished = false;              ///< the finished operations from before go with it
};

/// The answer to what nobody waits for.
struct no_reply {};

/// Of the finished operations that expire: when the first and the last of them do, as far as the writer knows.
struct expiry_window {
  timestamp first = never; ///< never: none expires
  timestamp last = never;
  bool operator==(const expiry_window&) const = default;
};

/// The end that became true last, if one did in this life.
struct ended_operation {
  operation_id id;
  operation_status status = operation_status::finished;
};

/// What a decision may know besides the table and the command.
struct occasion {
  scheduler_name name;
  const actor_settings& settings;
  timestamp now = never;
  std::function<operation_id()> draw_id;
  bool is_halted = false; ///< the journal refused what must not be lost (halt)
  expiry_window expiries{};
  ended_operation last_end{};
  std::vector<operation_id> running{};                                         ///< the worker has them
  bool is_after_halt = false;                                                  ///< nothing was written since
  std::uint64_t recipe_bytes_left = std::numeric_limits<std::uint64_t>::max(); ///< on this node
};

/// Why the node keeps no such recipe besides those that it has.
std::optional<failure> beyond_budget(const scheduler& recipe, const occasion& when);

/// After recovery: the directory hears what the journal holds, and what exists goes on.
struct recover_scheduler {
  bool tells_directory = true; ///< false: the actor is new and waits for create_scheduler
};

/// The writer has nothing else to do and the worker takes operations: the one that was interrupted, or the next, if its
/// turn has come. While a version waits for its validation room, that is the next one that keeps the rooms.
struct go_on {};

/// It is time for a storage_clean_up; an idle scheduler has nothing to clean up and writes nothing.
struct clean_up {};

scheduler_decision<scheduler> decide(const scheduler_table& table, const create_scheduler& command,
                                     const occasion& when);

/// Bounded by operations_queue_limit; `unless_queued` coalesces with one of the same name that is pending.
scheduler_decision<operation_id> decide(const scheduler_table& table, const enqueue_operation& command,
                                        const occasion& when);

/// The answer to a request that was carried out before; nothing when that is not known of it.
std::optional<scheduler_decision<operation_id>>
decided_before(const scheduler_table& table, const request_key& key, const operation_definition& wanted);

/// A second delete while one is queued or running is the same wish.
scheduler_decision<operation_id> decide(const scheduler_table& table, const delete_scheduler& command,
                                        const occasion& when);

/// One version operation at a time, so that no edit overwrites another one. What a patch leads to is validated here, after
/// that; a patch that changes nothing is refused, a whole recipe that changes nothing becomes an operation that says so.
scheduler_decision<operation_id> decide(const scheduler_table& table, const new_scheduler_version& command,
                                        const occasion& when);
scheduler_decision<operation_id> decide(const scheduler_table& table, const switch_active_version& command,
                                        const occasion& when);
scheduler_decision<operation_id> decide(const scheduler_table& table, const request_room_end& command,
                                        const occasion& when);

/// Pending: ended at once. Active: answered when it has ended. Else: it was final before, or never was.
scheduler_decision<done> decide(const scheduler_table& table, const cancel_operation& command,
                                const occasion& when);

scheduler_decision<done> decide(const scheduler_table& table, const record_progress& command,
                                const occasion& when);

/// The end of what ran, with its follow-ups and transitions, in one batch.
scheduler_decision<no_reply> decide(const scheduler_table& table, const operation_outcome& outcome,
                                    const occasion& when);

scheduler_decision<no_reply> decide(const scheduler_table& table, const clean_up& command, const occasion& when);

scheduler_decision<no_reply> decide(const scheduler_table& table, const recover_scheduler& command,
                                    const occasion& when);

/// No events: there is nothing to do.
scheduler_decision<no_reply> decide(const scheduler_table& table, const go_on& command, const occasion& when);

/// What runs when the decision's events are true, if nothing runs then: its start goes into the same batch, so that
/// no operation waits for a sync of its own to begin. For a writer whose worker is free.
void add_start(std::vector<scheduler_event>& events, std::vector<scheduler_effect>& effects,
               const scheduler_table& table, timestamp now);

/// What hears who wants a new version, or a patch, of a scheduler that is not there; also said by the directory and the
/// management door, whoever notices.
failure no_scheduler_to_change(const scheduler_name& name);

/// Its create_scheduler operation has not ended.
bool is_being_created(const scheduler_table& table);

/// It waits for its validation room.
bool is_waiting(const operation& running);

/// Rooms of it are to be kept alive; without, it has some only until they are gone.
bool wants_rooms(const scheduler& recipe);

/// What those hear who wish to cancel what has ended.
failure is_final_already(operation_status status);

/// Whoever names a key may ask again because the answer was lost.
result<done> answer_to_late_cancel(const cancel_operation& wish, operation_status status);

/// What those hear who wait for an end that the journal refused.
failure end_refused(const operation_id& id);

/// The window after these events: it grows with what ends and is kept, and a storage_clean_up empties it up to what
/// expires later.
expiry_window after_ends(expiry_window window, const std::vector<scheduler_event>& events, timestamp now);

} // namespace maestro::rules
