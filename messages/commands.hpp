// Commands, queries and their answers: what actors ask of one another (messages/actors.hpp says who understands
// what). Imperative names are requests, the rest are answers. Structs that hold whole entities travel as the
// journal's protobuf (messages/coded_inspect.hpp); the others list their fields.
#pragma once

#include "messages/events.hpp"
#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/journal_commands.hpp"
#include "messages/look_memory.hpp"
#include "messages/operation_types.hpp"
#include "messages/owner_epoch.hpp"
#include "messages/ping_commands.hpp"
#include "messages/pool_health.hpp"
#include "messages/room_types.hpp"
#include "messages/rooms_explanation.hpp"
#include "messages/runtime_commands.hpp"
#include "messages/runtime_types.hpp"
#include "messages/scheduler_condition.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/shared_value.hpp"
#include "messages/stranger_types.hpp"
#include "messages/time.hpp"
#include "messages/timelines.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

// -- management ------------------------------------------------------------------------------------------------

/// Answered with the stored scheduler once it and its create_scheduler operation are durable. The scheduler is
/// validated.
struct create_scheduler {
  scheduler recipe;
  owner_epoch epoch = first_epoch; ///< of the node that is to own it
  request_key request{};           ///< between nodes it travels beside the command (with_key)
  bool is_to_repeat = false;       ///< there is one: only a request that was answered before is answered
};
MAESTRO_INSPECT(create_scheduler, x.recipe, x.epoch)

/// `version` empty: the active one.
struct get_scheduler {
  scheduler_name name;
  std::string version;
};
MAESTRO_INSPECT(get_scheduler, x.name, x.version)

/// Exact-match filters, AND-ed; empty = no filter; `version` is the active version.
struct list_schedulers {
  std::string name;
  std::string game;
  std::string version;
};
MAESTRO_INSPECT(list_schedulers, x.name, x.game, x.version)

struct scheduler_list {
  std::vector<scheduler> items;                  ///< sorted by name
  std::vector<scheduler_condition> conditions{}; ///< of each item
  std::vector<scheduler_name> unreachable{};     ///< there are, but the nodes that own them do not answer
};
MAESTRO_INSPECT(scheduler_list, x.items, x.conditions, x.unreachable)

/// Sorted by name; `limit` not 0: a slice, of names after `after`.
struct list_scheduler_infos {
  std::string game;
  scheduler_name after{};
  std::uint32_t limit = 0;
};
MAESTRO_INSPECT(list_scheduler_infos, x.game, x.after, x.limit)

struct scheduler_info {
  scheduler recipe;
  room_counts counts;
  scheduler_condition condition{};
};
MAESTRO_INSPECT(scheduler_info, x.recipe, x.counts, x.condition)

struct scheduler_info_list {
  std::vector<scheduler_info> items;
  std::vector<scheduler_name> unreachable{}; ///< as in scheduler_list
};
MAESTRO_INSPECT(scheduler_info_list, x.items, x.unreachable)

struct list_versions {
  scheduler_name name;
};
MAESTRO_INSPECT(list_versions, x.name)

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, scheduler_version_info& x) {
  return f(x.version, x.is_active, x.created_at);
}
struct version_list {
  std::vector<scheduler_version_info> items; ///< newest first
};
MAESTRO_INSPECT(version_list, x.items)

/// Answered with the id of the enqueued create_new_scheduler_version operation; `failed_precondition` while another
/// version operation is queued or runs. The recipe is validated, but for a patch, whose result the scheduler
/// validates.
struct new_scheduler_version {
  scheduler recipe;
  /// Not empty: the active version that the recipe was made from; `aborted` when another one is active by now.
  std::string base_version{};
  bool is_patch = false;
  request_key request{}; ///< as in create_scheduler
};
MAESTRO_INSPECT(new_scheduler_version, x.recipe, x.base_version, x.is_patch)

/// Answered with the id of the enqueued switch_active_version operation, which fails when there is no such version;
/// `failed_precondition` while another version operation is queued or runs.
struct switch_active_version {
  scheduler_name name;
  std::string version;
  std::string base_version{}; ///< as in new_scheduler_version
  request_key request{};      ///< as in create_scheduler
};
MAESTRO_INSPECT(switch_active_version, x.name, x.version, x.base_version)

/// Answered with the id of the enqueued remove_rooms operation; `not_found` when there is no such room.
struct request_room_end {
  scheduler_name scheduler;
  room_id room;
  request_key request{};     ///< as in create_scheduler
  bool is_to_repeat = false; ///< there is no such room: only a request that was answered before is answered
};
MAESTRO_INSPECT(request_room_end, x.scheduler, x.room)

/// Answered with the id of the enqueued delete_scheduler operation.
struct delete_scheduler {
  scheduler_name name;
  request_key request{}; ///< as in create_scheduler
};
MAESTRO_INSPECT(delete_scheduler, x.name)

// -- operations ------------------------------------------------------------------------------------------------

enum class operation_stage : std::uint8_t { pending, active, final };

/// `page` (from 1), `per_page` and the order apply to the final stage only; ordered by creation time.
struct list_operations {
  scheduler_name scheduler;
  operation_stage stage = operation_stage::pending;
  std::uint32_t page = 1;
  std::uint32_t per_page = 15;
  bool descending = true;
};
MAESTRO_INSPECT(list_operations, x.scheduler, x.stage, x.page, x.per_page, x.descending)

struct operation_page {
  std::uint32_t total = 0;
  std::vector<operation> items;
};
MAESTRO_INSPECT(operation_page, x.total, x.items)

struct get_operation {
  scheduler_name scheduler;
  operation_id id;
};
MAESTRO_INSPECT(get_operation, x.scheduler, x.id)

/// Answered when the operation is durably canceled; `aborted` when it was already final. To whoever names a key it is
/// no failure that it was canceled before.
struct cancel_operation {
  scheduler_name scheduler;
  operation_id id;
  request_key request{}; ///< as in create_scheduler
};
MAESTRO_INSPECT(cancel_operation, x.scheduler, x.id)

/// Priority operations go to the head of the queue. `unless_queued`: answer with the id of an operation of the
/// same name that is pending already instead of adding another (the health controller's ticks coalesce so).
struct enqueue_operation {
  operation_definition definition;
  bool priority = false;
  bool unless_queued = false;
  request_key request{}; ///< remembered with the operation
};

/// A definition to enqueue when the operation that asks for it ends, in one batch with that end.
struct follow_up {
  operation_definition definition;
  bool priority = true;
};

struct execute_operation {
  operation what;
  scheduler recipe;
  bool resumed = false;              ///< it was in progress when the node ended
  std::optional<scheduler> target{}; ///< of a switch: the stored version; absent when there is none
};

enum class rollback_result : std::uint8_t { none, succeeded, failed };

/// What an executor reports; the scheduler makes all of it durable in one batch.
struct operation_outcome {
  operation_id id;
  operation_status status = operation_status::finished;
  operation_definition definition;  ///< as executors rewrote it
  std::vector<std::string> history; ///< lines in addition to the standard ones
  std::vector<follow_up> follow_ups;
  std::vector<scheduler_event> transitions; ///< scheduler_state_changed, scheduler_downscaled, scheduler_deleted
  rollback_result rollback = rollback_result::none; ///< whether anything was rolled back
  std::string rollback_failure{};
  duration rollback_took{};
  std::optional<operation_error> error{}; ///< of status `error`
};

struct cancel_execution {
  operation_id id;
};
MAESTRO_INSPECT(cancel_execution, x.id)

/// Adds a line to the operation's history at once, before it ends, or says how far it came, or both.
struct record_progress {
  operation_id id;
  std::string event; ///< empty: no line
  std::optional<operation_step> step{};
};

// -- rooms -----------------------------------------------------------------------------------------------------

/// Fails with `unknown` and the original's text when no room is ready (proto/README.md 1.6 R6). After `deadline`
/// (steady time; zero: none) nobody waits for the answer, and no room is taken any more. `slots` 0: a room as a
/// whole, else a place for so many matches in a room that may hold others; `invalid_argument` beyond what a room takes.
struct allocate_room {
  scheduler_name scheduler;
  duration deadline{};
  std::int32_t slots = 0;
  request_key request{}; ///< as in create_scheduler
};
MAESTRO_INSPECT(allocate_room, x.scheduler, x.deadline, x.slots)

struct allocated_room {
  room_id id;
  std::string host;
  std::vector<host_port> ports;
};
MAESTRO_INSPECT(allocated_room, x.id, x.host, x.ports)

struct find_room {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(find_room, x.scheduler, x.room)

/// Rooms by id: those behind `after`, or else without the first `skip`; at most `limit` (0: all). A long list is
/// put together in slices, each room as it was in its slice.
struct list_rooms {
  scheduler_name scheduler;
  std::uint64_t skip = 0;
  std::uint64_t limit = 0;
  room_id after{};
};
MAESTRO_INSPECT(list_rooms, x.scheduler, x.skip, x.limit, x.after)

struct room_list {
  std::vector<room_view> items; ///< sorted by id
  std::uint64_t total = 0;      ///< rooms of the scheduler, on every page
};
MAESTRO_INSPECT(room_list, x.items, x.total)

struct get_room {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(get_room, x.scheduler, x.room)

/// Text of the end of a room's captured output; the runtime answers it, `not_found` where it keeps none,
/// `failed_precondition` where the container was not restarted and the run before is asked for.
struct read_room_logs {
  scheduler_name scheduler;
  room_id room;
  std::string container;        ///< empty: the first
  std::uint64_t tail_bytes = 0; ///< at most so many; 0 = the runtime's own bound
  duration newest{};            ///< only what was written in the last …; 0 = whenever
  bool is_previous = false;     ///< of the run before the container's last restart
};
MAESTRO_INSPECT(read_room_logs, x.scheduler, x.room, x.container, x.tail_bytes, x.newest, x.is_previous)

struct room_logs {
  std::string text;
};
MAESTRO_INSPECT(room_logs, x.text)

/// The next piece of a tar archive of what an ended room left; the runtime answers it. `not_found` when nothing of it is kept
/// (any more), `failed_precondition` while the room lives, `unavailable` while what it left is being gathered.
struct read_artifacts {
  scheduler_name scheduler;
  room_id room;
  std::string after; ///< `next` of the piece before; empty: the first
};
MAESTRO_INSPECT(read_artifacts, x.scheduler, x.room, x.after)

struct artifact_piece {
  std::string bytes;
  std::string next; ///< empty: this is the last one
};
MAESTRO_INSPECT(artifact_piece, x.bytes, x.next)

struct count_rooms {};
MAESTRO_INSPECT_EMPTY(count_rooms)

/// The recipe that rules about pings and new rooms follow; sent by the scheduler at start and at each change.
struct update_recipe {
  shared_value<scheduler> recipe;
  std::vector<shared_value<scheduler>> versions{}; ///< every stored version, for rooms that still run an older one
};
MAESTRO_INSPECT(update_recipe, x.recipe, x.versions)

/// The pool's rooms have changed since it was last asked for its health.
struct pool_changed {};
MAESTRO_INSPECT_EMPTY(pool_changed)

/// A player was turned away because no room was free.
struct room_wanted {};
MAESTRO_INSPECT_EMPTY(room_wanted)

/// So many of the rooms that drain because of a scale-down may stay after all.
struct stop_draining {
  std::int64_t amount = 0;
};
MAESTRO_INSPECT(stop_draining, x.amount)

/// Creates rooms of that version (empty: the active one) until the operation has asked for `amount` in all; what a
/// former run of the same operation already created counts. Answered when the runtime answered for each of them.
struct create_rooms {
  operation_id operation;
  std::int64_t amount = 0;
  std::string version{};
  /// The room tries out `candidate`, a version that is not stored yet: nobody is sent to it and it does not count. One at a
  /// time; with the amount 0 none is created, and a pool of a later life learns the version of the one that it has.
  bool is_validation = false;
  scheduler candidate{};
};
MAESTRO_INSPECT(create_rooms, x.operation, x.amount, x.version, x.is_validation, x.candidate)

struct rooms_created {
  std::int64_t total = 0;    ///< created by this operation, all its batches and runs together
  std::string last_error;    ///< why some are missing
  room_id validation_room{}; ///< of a validation: the newest
};
MAESTRO_INSPECT(rooms_created, x.total, x.last_error, x.validation_room)

/// Removes the named rooms, then `amount` more by deletion priority (proto/README.md 4.6). Answered when every
/// removal is durable and the runtime was asked. Of those by priority, the ones that hold players drain.
struct remove_rooms {
  operation_id operation;
  std::vector<room_id> ids;
  std::int64_t amount = 0;
  removal_cause cause = removal_cause::scale_down;
};
MAESTRO_INSPECT(remove_rooms, x.operation, x.ids, x.amount, x.cause)

struct rooms_removed {
  std::vector<room_id> ids;
  std::vector<std::string> failures; ///< one line for each room the runtime would not end
  std::int64_t draining = 0;         ///< rooms that hold players: they take no new match and go when they are free
};
MAESTRO_INSPECT(rooms_removed, x.ids, x.failures, x.draining)

// -- health ----------------------------------------------------------------------------------------------------

/// One turn of the control loop (proto/README.md 5.1) for this recipe.
struct run_health_check {
  scheduler recipe;
};
MAESTRO_INSPECT(run_health_check, x.recipe)

struct health_plan {
  std::vector<follow_up> follow_ups;
  bool downscales = false;
  std::int64_t spares = 0; ///< rooms that drain because of a scale-down and are wanted again
  std::string why{};       ///< how the wanted number came about, for people; empty: roomsReplicas
};

/// The rooms may not be as they should be: do not wait for the next tick.
struct look_now {};
MAESTRO_INSPECT_EMPTY(look_now)

/// A room ended or failed: look now (with back-off) rather than at the next tick.
struct room_lost {
  room_id id;
  timestamp created_at = never;
  bool ever_ready = false;
  std::string reason{}; ///< what the runtime says of its end
};
MAESTRO_INSPECT(room_lost, x.id, x.created_at, x.ever_ready, x.reason)

// -- directory -------------------------------------------------------------------------------------------------

/// From a scheduler after every durable change of its scheduler.
struct scheduler_changed {
  shared_value<scheduler> recipe;
};
MAESTRO_INSPECT(scheduler_changed, x.recipe)

/// From a scheduler after its durable end.
struct scheduler_gone {
  scheduler_name name;
};
MAESTRO_INSPECT(scheduler_gone, x.name)

struct get_directory_status {};
MAESTRO_INSPECT_EMPTY(get_directory_status)
struct directory_status {
  bool recovering = true; ///< requests are refused with `unavailable` until false
  std::uint64_t schedulers = 0;
  std::string reason{}; ///< of a node that is not in its cluster yet: why
};
MAESTRO_INSPECT(directory_status, x.recovering, x.schedulers, x.reason)

} // namespace maestro
