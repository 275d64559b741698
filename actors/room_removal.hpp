// The duty of a room pool that ends rooms: the decision becomes durable with its cause, then the runtime is asked;
// the room's record goes when the runtime reports the end of its instance.
#pragma once

#include "actors/room_pool_core.hpp"

namespace maestro {

/// Removes the named rooms (all of them when the scheduler is deleted) and `amount` more by priority. Rooms that
/// hold players are spared unless they are named or the scheduler is deleted.
void remove_rooms_of(room_pool_core& pool, const remove_rooms& command,
                     caf::typed_response_promise<rooms_removed> answer);

/// Asks the runtime (again) to end the instance of a room whose removal is durable; `then` gets an empty text or
/// why not.
void end_instance(room_pool_core& pool, const room_id& id, std::function<void(std::string)> then);

} // namespace maestro
