// The duty of a room pool that brings rooms to life: intent first (a durable room_created with its ports), then
// the runtime. A host port that turns out to be taken is drawn again; what the runtime refuses for good is removed
// with the cause creation_failed.
#pragma once

#include "actors/room_pool_core.hpp"

namespace maestro {

/// Creates what is missing of `command.amount` rooms of this operation. `answer` gets the tally when the runtime
/// answered for each, or when the configured time is over (rooms still unanswered then count as failed, yet may
/// come up later).
void create_rooms_of(room_pool_core& pool, const create_rooms& command,
                     caf::typed_response_promise<rooms_created> answer);

/// Asks the runtime again for a room whose intent is durable; after a crash.
void resume_creation(room_pool_core& pool, const room_id& id);

} // namespace maestro
