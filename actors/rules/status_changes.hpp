// What an event of a stream says about the status of a room or of an operation, for whoever watches (list_changes). A new
// event is no change until somebody decides what it says: the compiler insists. Called by actors/timeline_reader.
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"

#include <optional>

namespace maestro::rules {

/// None: the event is about no status. An allocation says `allocated` and a removal `terminating` also where the room keeps
/// what it had (`active`; `error` and `terminated`), which the event alone does not tell. The start of an operation is told
/// also where its enqueueing is not (ticks).
std::optional<status_change> change_of(const pool_event& event);
std::optional<status_change> change_of(const scheduler_event& event);

} // namespace maestro::rules
