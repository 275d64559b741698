// The words between an executor and the EXECUTION WORKER that drives it: what it hears, and what it wants next.
// Values only; executors know no actor, clock or journal.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "messages/time.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace maestro::operations {

// -- what an executor hears ------------------------------------------------------------------------------------

struct begin {};
struct waited {};
using heard = std::variant<begin, waited, done, rooms_created, rooms_removed, room_counts, room_view, health_plan,
                           operations_purged, failure>;

struct moment {
  timestamp now = never;
  bool is_canceled = false; ///< somebody wishes for the end; the executor stops where it can
};

// -- what it wants next ----------------------------------------------------------------------------------------

/// To the room host: prepare_scheduler, remove_scheduler; to the pool: create_rooms, remove_rooms, count_rooms,
/// get_room, stop_draining; to the health controller: run_health_check; to the journal: purge_operations.
using question = std::variant<prepare_scheduler, remove_scheduler, create_rooms, remove_rooms, count_rooms,
                              get_room, stop_draining, run_health_check, purge_operations>;

struct wait_for {
  duration time{};
  bool yields = false; ///< another operation may run meanwhile; the wait is over when that has ended
};

/// What was begun is undone, or `failure` says why not.
struct rolled_back {
  std::vector<scheduler_event> transitions;
  std::string failure;
};

struct step {
  std::vector<std::string> progress; ///< lines for the operation's history, told at once
  std::variant<question, wait_for, operation_outcome, rolled_back> then;
  /// How far it came, made durable along the way: what is lost of it in a crash is done again.
  std::optional<operation_step> reached{};
};

} // namespace maestro::operations
