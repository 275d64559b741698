// What an operation's history says at each step, in the words of the original (proto/README.md 3.3), and how long
// a finished one is kept (3.2). Called by the scheduler.
#pragma once

#include "messages/commands.hpp"
#include "messages/operation_types.hpp"
#include "messages/settings.hpp"

#include <string>
#include <vector>

namespace maestro::rules {

/// A new operation: pending, history `Created`.
operation created(operation_id id, const scheduler_name& scheduler, operation_definition definition, timestamp at);

/// In progress, history `Starting operation`.
operation started(operation pending, timestamp at);

/// Final, with the outcome's definition and lines. A failure or a cancel says so; the lines of a rollback are there
/// when one ran.
operation ended(operation running, const operation_outcome& outcome, timestamp at);

/// Final without ever having run: canceled while pending.
operation canceled(operation pending, timestamp at);

/// Line about an operation enqueued by the one that ends, e.g. `created operation (id: …) to add 3 rooms.`
std::string follow_up_line(const operation_definition& definition, const operation_id& id);

/// How the journal keeps a final operation: listed only if it took action; runs of the control loop and of the
/// rooms expire after the operations TTL, counted from their creation, all others live as long as their scheduler.
finished_operation to_keep(operation final, const actor_settings& settings);

/// When the lease shown for a running operation ends: granted for one TTL at the start, renewed each TTL (3.5).
timestamp lease_until(timestamp started_at, duration ttl, timestamp now);

} // namespace maestro::rules
