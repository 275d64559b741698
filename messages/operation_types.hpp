// Operations: every change to a scheduler or its rooms, queued and run one at a time (proto/README.md 3). A
// definition is what is asked, a record is what became of it.
#pragma once

#include "messages/ids.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace maestro {

enum class operation_status : std::uint8_t {
  pending = 0,
  in_progress = 1,
  canceled = 2,
  finished = 3,
  evicted = 4,
  error = 5,
};
/// `pending`, `in_progress`, `canceled`, `finished`, `evicted`, `error`.
std::string to_string(operation_status status);
constexpr bool is_final(operation_status s) {
  return s != operation_status::pending && s != operation_status::in_progress;
}

// -- definitions: one struct per operation name of the catalogue (proto/README.md 3.4) ---------------------------

struct create_scheduler_operation {
  scheduler recipe;
  bool operator==(const create_scheduler_operation&) const = default;
};
/// M4 and M5: the recipe as it shall be. Its version and rollback_version are drawn when the operation runs.
struct create_new_scheduler_version_operation {
  scheduler recipe;
  bool operator==(const create_new_scheduler_version_operation&) const = default;
};
struct switch_active_version_operation {
  std::string new_active_version;
  bool operator==(const switch_active_version_operation&) const = default;
};
struct add_rooms_operation {
  std::int64_t amount = 0;
  bool operator==(const add_rooms_operation&) const = default;
};
struct remove_rooms_operation {
  std::vector<room_id> rooms_ids;
  std::int64_t amount = 0;
  removal_cause reason = removal_cause::scale_down;
  bool operator==(const remove_rooms_operation&) const = default;
};
struct health_controller_operation {
  bool took_action = false; ///< set when the run enqueued something; such runs are listed, others are not
  bool operator==(const health_controller_operation&) const = default;
};
struct delete_scheduler_operation {
  bool operator==(const delete_scheduler_operation&) const = default;
};
struct storage_clean_up_operation {
  bool operator==(const storage_clean_up_operation&) const = default;
};

using operation_definition =
    std::variant<create_scheduler_operation, add_rooms_operation, remove_rooms_operation,
                 health_controller_operation, delete_scheduler_operation, storage_clean_up_operation,
                 create_new_scheduler_version_operation, switch_active_version_operation>;

/// The catalogue's name: `create_scheduler`, `add_rooms`, …
std::string definition_name(const operation_definition& definition);

// -- steps: how far a running operation came; after a crash its executor goes on from there --------------------

/// add_rooms: the pool has answered for so many.
struct rooms_answered {
  std::int64_t total = 0;
  bool operator==(const rooms_answered&) const = default;
};
/// delete_scheduler: every room was asked to end.
struct rooms_ending {
  bool operator==(const rooms_ending&) const = default;
};
/// delete_scheduler: no room is left; what the runtime keeps of the scheduler goes.
struct place_ending {
  bool operator==(const place_ending&) const = default;
};
/// create_new_scheduler_version: attempt `number` (from 1) waits for its validation room, or has had its answer. While
/// it waits the worker runs what keeps the rooms (actors/rules/scheduler_decisions).
struct validation_waiting {
  std::int64_t number = 0;
  room_id room;
  bool operator==(const validation_waiting&) const = default;
};
/// create_new_scheduler_version: nothing is waited for any more.
struct validation_over {
  std::int64_t number = 0;
  bool operator==(const validation_over&) const = default;
};
using operation_step =
    std::variant<rooms_answered, rooms_ending, place_ending, validation_waiting, validation_over>;

struct operation_event {
  timestamp at = never;
  std::string event;
  bool operator==(const operation_event&) const = default;
};

/// Why an operation ended in `error`.
struct operation_error {
  std::string code;    ///< to_string(ec)
  std::string message; ///< the failure's own text
  bool operator==(const operation_error&) const = default;
};

struct operation {
  operation_id id;
  scheduler_name scheduler;
  operation_status status = operation_status::pending;
  operation_definition definition;
  timestamp created_at = never;
  timestamp started_at = never;
  timestamp ended_at = never;
  timestamp lease_until = never; ///< filled when read, for an operation in progress; not stored
  std::vector<operation_event> history;
  std::optional<operation_step> step{};   ///< of an operation in progress
  std::optional<operation_error> error{}; ///< of one that failed; absent where an older maestro ended it
  bool operator==(const operation&) const = default;
};

/// A finished operation to keep. `listed` false: found by id only; `expires_at` never: until its scheduler is
/// deleted.
struct finished_operation {
  operation what;
  bool listed = true;
  timestamp expires_at = never;
  bool operator==(const finished_operation&) const = default;
};

/// False for runs that need not be listed: storage_clean_up, and health_controller that took no action.
bool took_action(const operation_definition& definition);

} // namespace maestro
