// Game rooms as Maestro sees them: what the game server says of itself (ping), what the runtime says of its
// process (instance), and the status composed of both (proto/README.md 4.1, 4.2). Numbers are the wire's and the
// journal's.
#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

enum class room_status : std::uint8_t {
  pending = 0,
  unready = 1,
  ready = 2,
  occupied = 3,
  terminating = 4,
  error = 5,
  terminated = 6,
  active = 7,
  allocated = 8,
};
constexpr std::size_t room_status_count = 9;

enum class ping_status : std::uint8_t { unknown = 0, ready = 1, occupied = 2, terminating = 3, terminated = 4 };
enum class instance_status : std::uint8_t { unknown = 0, pending = 1, ready = 2, terminating = 3, error = 4 };

/// Lower-case words of the wire.
std::string to_string(room_status status);
std::string to_string(ping_status status);
std::string to_string(instance_status status);

/// Why a room ends; recorded with every removal and shown in operation inputs (proto/README.md 3.4) and logs.
enum class removal_cause : std::uint8_t {
  none = 0,
  scale_down = 1,
  expired_room = 2,
  new_version_rollback = 3,
  new_version_validation_finished = 4,
  rolling_update_replace = 5,
  scheduler_deleted = 6,
  creation_failed = 7, ///< the runtime refused to start it
  instance_gone = 8,   ///< its process ended or vanished and the runtime no longer knows it
  requested = 10,      ///< an operator named it
};
std::string to_string(removal_cause cause);

/// Why a room's machine was chosen (rules/placement).
enum class placement_reason : std::uint8_t {
  unsaid = 0,      ///< of records from before there was a choice
  only_machine,    ///< its node stands alone
  spread,          ///< the machine has the fewest of the scheduler's rooms
  packed,          ///< it is the fullest with room for one more
  no_other_machine ///< none takes rooms now, so it is beside its owner
};
std::string to_string(placement_reason reason);

/// One host port of a room. `protocol` is tcp, udp or sctp; doors upper-case it.
struct host_port {
  std::string name;
  std::string protocol;
  std::int32_t port = 0;
  bool operator==(const host_port&) const = default;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, host_port& x) {
  return f(x.name, x.protocol, x.port);
}

/// Everything durable about one room. Last-ping times are not here: game rooms write them where their pool reads
/// them.
struct room_record {
  room_id id;
  std::string version;
  room_status status = room_status::pending;
  ping_status ping = ping_status::unknown;
  instance_status instance = instance_status::unknown;
  std::string status_reason; ///< the runtime's description, or why the room is removed
  std::int64_t running_matches = 0;
  timestamp created_at = never;
  timestamp status_since = never;
  timestamp allocated_at = never;
  std::string host; ///< empty until the runtime placed the instance
  std::vector<host_port> ports;
  operation_id created_by;
  removal_cause removal = removal_cause::none; ///< not none: removal was asked for
  bool instance_exited = false;                ///< its process ended; its ports are free again
  bool validation = false;
  /// Matches that allocations have promised a place and no ping has shown yet; 0 also where an allocation took the
  /// room as a whole (rules/room_allocation).
  std::uint8_t held_slots = 0;
  std::string placed_on{}; ///< the node that runs it; empty in records from before nodes had names
  /// Not none: the room takes no new match, and is removed for this cause when it holds no players.
  removal_cause drain = removal_cause::none;
  timestamp drain_since = never;
  bool end_reported = false; ///< matchmakers are told that it ends
  /// Not empty: its game server was asked how it is (health_recipe) and does not answer, and this is what was seen.
  std::string silence{};
  bool operator==(const room_record&) const = default;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, room_record& x) {
  return f(x.id, x.version, x.status, x.ping, x.instance, x.status_reason, x.running_matches, x.created_at,
           x.status_since, x.allocated_at, x.host, x.ports, x.created_by, x.removal, x.instance_exited,
           x.validation, x.placed_on, x.drain, x.drain_since, x.end_reported, x.held_slots, x.silence);
}

/// How many matches allocations have promised the room: one where it was taken as a whole.
inline std::int64_t promised_slots(const room_record& room) {
  return room.held_slots > 0 ? room.held_slots : room.status == room_status::allocated;
}

/// A game server may say any number of matches, and what it said is kept; beyond this one it does not count for more, so
/// that no sum over rooms overflows.
constexpr std::int64_t counted_matches_max = 1'000'000;

/// With how many matches the room counts where rooms are summed up; `most`: those it can take, where that is known.
inline std::int64_t counted_matches(const room_record& room, std::int64_t most = counted_matches_max) {
  return std::clamp<std::int64_t>(room.running_matches, 0, std::clamp<std::int64_t>(most, 0, counted_matches_max));
}

/// A room as operators see it: the record and the last ping known to its actor (never = none since the node
/// started).
struct room_view {
  room_record room;
  timestamp last_ping_at = never;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, room_view& x) {
  return f(x.room, x.last_ping_at);
}

/// How many rooms and instances there are of each status, by enum value (metrics, M9, autoscaling).
struct room_counts {
  std::vector<std::int64_t> rooms = std::vector<std::int64_t>(room_status_count, 0);
  std::vector<std::int64_t> instances = std::vector<std::int64_t>(5, 0);
  std::int64_t running_matches = 0;
  std::int64_t allocated_slots = 0; ///< the sum of `promised_slots`

  std::int64_t of(room_status s) const { return rooms[static_cast<std::size_t>(s)]; }
  std::int64_t of(instance_status s) const { return instances[static_cast<std::size_t>(s)]; }
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, room_counts& x) {
  return f(x.rooms, x.instances, x.running_matches, x.allocated_slots);
}

} // namespace maestro
