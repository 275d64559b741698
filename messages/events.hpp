// Events: facts that became durable. A scheduler's stream tells the life of the scheduler and its operation queue,
// a room pool's stream the life of its rooms. `apply` in actors/*_state is the only code that turns them into
// state; the snapshot structs are that state. Every event and snapshot has a schema number in proto/journal/v1
// that is never reused.
#pragma once

#include "messages/forwarding_types.hpp"
#include "messages/operation_types.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace maestro {

/// A request that was carried out, for when it comes again (actors/rules/request_memory).
struct remembered_request {
  request_key key;
  timestamp at = never;
  std::string what;   ///< was done: an operation's name, `allocate_room`
  std::string answer; ///< an operation's id, a room's
  bool operator==(const remembered_request&) const = default;
};

// -- scheduler stream -----------------------------------------------------------------------------------------

struct scheduler_created {
  scheduler recipe; ///< created_at is the event's time
  bool operator==(const scheduler_created&) const = default;
};
struct scheduler_state_changed {
  scheduler_phase state = scheduler_phase::in_sync;
  bool operator==(const scheduler_state_changed&) const = default;
};
struct scheduler_downscaled {
  timestamp at = never; ///< becomes last_downscale_at
  bool operator==(const scheduler_downscaled&) const = default;
};
/// A version is stored beside the others; none of the rooms changes by that.
struct scheduler_version_added {
  scheduler recipe;
  timestamp at = never; ///< the version's created_at
  bool operator==(const scheduler_version_added&) const = default;
};
/// That stored version is the recipe from now on, but for what belongs to the scheduler itself: name, game, creation,
/// and when it was last scaled down.
struct active_version_switched {
  std::string version;
  timestamp at = never;
  bool operator==(const active_version_switched&) const = default;
};
/// There are too many versions; this one is forgotten.
struct scheduler_version_dropped {
  std::string version;
  bool operator==(const scheduler_version_dropped&) const = default;
};
struct operation_enqueued {
  operation what;
  bool priority = false; ///< true: head of the queue
  request_key request{}; ///< of whoever asked for it
  bool operator==(const operation_enqueued&) const = default;
};
struct operation_started {
  operation_id id;
  timestamp at = never;
  bool operator==(const operation_started&) const = default;
};
struct operation_progressed {
  operation_id id;
  operation_event line;
  bool operator==(const operation_progressed&) const = default;
};
/// The operation came so far; it need not do again what came before.
struct operation_stepped {
  operation_id id;
  operation_step step;
  timestamp at = never;
  bool operator==(const operation_stepped&) const = default;
};
/// The final status, and everything that is kept of the operation from now on: the journal's rows of finished
/// operations can be rebuilt from these. Streams of the first version have no record here.
struct operation_ended {
  operation_id id;
  operation_status status = operation_status::finished;
  timestamp at = never;
  std::optional<finished_operation> record{};
  bool operator==(const operation_ended&) const = default;
};
/// The scheduler is no more; its name is free again.
struct scheduler_deleted {
  timestamp at = never;
  bool operator==(const scheduler_deleted&) const = default;
};

using scheduler_event =
    std::variant<scheduler_created, scheduler_state_changed, scheduler_downscaled, operation_enqueued,
                 operation_started, operation_progressed, operation_ended, scheduler_deleted, operation_stepped,
                 scheduler_version_added, active_version_switched, scheduler_version_dropped>;

struct stored_version {
  scheduler recipe;
  timestamp created_at = never;
  bool operator==(const stored_version&) const = default;
};

struct scheduler_snapshot {
  bool exists = false;
  scheduler recipe;
  std::vector<stored_version> versions;       ///< oldest first
  std::vector<operation> pending;             ///< head first
  std::vector<operation> active;              ///< at most one (invariant G9)
  std::vector<remembered_request> requests{}; ///< oldest first
  bool operator==(const scheduler_snapshot&) const = default;
};

// -- room pool stream -----------------------------------------------------------------------------------------

/// Intent: the room exists from here on; the runtime is asked only after this is durable.
struct room_created {
  room_record room;
  placement_reason placed_by = placement_reason::unsaid; ///< why it runs where it does
  bool operator==(const room_created&) const = default;
};
/// The drawn host ports were taken on the host; others were drawn.
struct room_ports_changed {
  room_id id;
  std::vector<host_port> ports;
  bool operator==(const room_ports_changed&) const = default;
};
/// The runtime's view of the room changed.
struct room_instance_changed {
  room_id id;
  instance_status instance = instance_status::unknown;
  std::string description;
  std::string host;
  bool exited = false;
  room_status status = room_status::pending; ///< composed
  timestamp at = never;
  bool operator==(const room_instance_changed&) const = default;
};
/// The game server's own view changed; pings that repeat themselves are not journaled.
struct room_pinged {
  room_id id;
  ping_status ping = ping_status::unknown;
  std::int64_t running_matches = 0;
  room_status status = room_status::pending; ///< composed
  timestamp at = never;
  std::uint8_t held_slots = 0; ///< that are left then
  bool operator==(const room_pinged&) const = default;
};
/// Its game server was asked and does not answer. The next ping, or answer, ends that.
struct room_silenced {
  room_id id;
  std::string reason;
  room_status status = room_status::pending; ///< composed
  timestamp at = never;
  std::uint8_t held_slots = 0; ///< that are left then
  bool operator==(const room_silenced&) const = default;
};
/// `slots` 0: the room as a whole, for whoever asked.
struct room_allocated {
  room_id id;
  timestamp at = never;
  std::uint8_t slots = 0;
  request_key request{}; ///< of whoever asked for it
  bool operator==(const room_allocated&) const = default;
};
/// Removal was decided; the runtime is asked to end the instance only after this is durable.
struct room_removal_started {
  room_id id;
  removal_cause cause = removal_cause::none;
  operation_id operation; ///< empty when no operation asked for it
  timestamp at = never;
  bool operator==(const room_removal_started&) const = default;
};
/// The room holds players and is to go: it takes no new match. `cause` none: it may stay after all.
struct room_draining {
  room_id id;
  removal_cause cause = removal_cause::none;
  operation_id operation; ///< empty when no operation asked for it
  timestamp at = never;
  bool operator==(const room_draining&) const = default;
};
/// The room is gone.
struct room_removed {
  room_id id;
  removal_cause cause = removal_cause::none;
  std::string detail; ///< e.g. `exit code 3`
  timestamp at = never;
  bool operator==(const room_removed&) const = default;
};

using pool_event =
    std::variant<room_created, room_ports_changed, room_instance_changed, room_pinged, room_allocated,
                 room_removal_started, room_removed, room_draining, room_event_reported, room_silenced>;

/// How far the latest add or remove operation came, so that a resumed one does nothing twice.
struct operation_tally {
  operation_id id;
  std::int64_t done = 0;
  std::int64_t failed = 0; ///< of those done, the ones that the runtime refused
  bool operator==(const operation_tally&) const = default;
};

struct pool_snapshot {
  std::vector<room_record> rooms; ///< in any order
  operation_tally last_add;
  operation_tally last_remove;
  std::vector<remembered_request> requests{}; ///< oldest first
  bool operator==(const pool_snapshot&) const = default;
};

// -- forwarding stream ----------------------------------------------------------------------------------------

/// How far a forwarder is in the stream of its scheduler's rooms.
struct forwarder_cursor {
  std::string name;
  std::string address;
  std::uint32_t number = 0;   ///< among forwarders of that name and address, which need not differ
  std::uint64_t sequence = 0; ///< everything up to it was told or is lost
  bool operator==(const forwarder_cursor&) const = default;
};
/// All forwarders of the scheduler: who is not here has no place any more.
struct cursors_moved {
  std::vector<forwarder_cursor> cursors;
  bool operator==(const cursors_moved&) const = default;
};

using forwarding_event = std::variant<cursors_moved>;
struct forwarding_snapshot {
  std::vector<forwarder_cursor> cursors;
  bool operator==(const forwarding_snapshot&) const = default;
};

} // namespace maestro
