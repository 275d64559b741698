// An executor carries out one operation of the catalogue, as a state machine of values: it hears an answer and says
// what it wants next, until it says how the operation ended. The EXECUTION WORKER makes one for each order and
// drives it; the SCHEDULER makes the outcome durable. Executors may be run again after a crash: what they ask of
// others is idempotent, or counted by the operation's id.
//
//   begin ──> next ──> question, wait ──> (worker) ──> next … ──> outcome ──finished──> SCHEDULER
//                                                                   └─else─> roll_back ──> next … ──> rolled_back
#pragma once

#include "actors/operations/room_operations.hpp"
#include "actors/operations/scheduler_operations.hpp"
#include "actors/operations/version_operations.hpp"

#include <optional>
#include <variant>

namespace maestro::operations {

using executor = std::variant<create_scheduler_executor, delete_scheduler_executor, storage_clean_up_executor,
                              add_rooms_executor, remove_rooms_executor, health_executor, create_version_executor,
                              switch_version_executor>;

/// The executor of that order; a definition without one does not compile.
executor make_executor(const execute_operation& order, const actor_settings& settings);

step next(executor& one, const heard& what, const moment& when);

/// The first step of undoing what a failed or canceled run began; nothing when it left nothing to undo.
std::optional<step> roll_back(executor& one, const moment& when);

} // namespace maestro::operations
