// What operators ask about strangers: game servers of a scheduler that live and that its journal does not know, for it is
// older than they are (actors/rules/strangers). To a scheduler's ROOM POOL, through the directory.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/runtime_types.hpp"

#include <string>
#include <vector>

namespace maestro {

/// A living instance that the journal of its scheduler does not know.
struct stranger {
  instance what;
  std::string placed_on{}; ///< the node whose machine it runs on; empty: the one that is asked
  bool operator==(const stranger&) const = default;
};
MAESTRO_INSPECT(stranger, x.what, x.placed_on)

/// Living game servers of the scheduler that its journal does not know (a restored backup's, say). They are left alone.
struct list_strangers {
  scheduler_name scheduler;
};
MAESTRO_INSPECT(list_strangers, x.scheduler)

/// By id.
struct stranger_list {
  std::vector<stranger> items;
};
MAESTRO_INSPECT(stranger_list, x.items)

/// The stranger is a room from here on; done also where it is one already. `not_found` when there is none,
/// `failed_precondition` where the scheduler does not know its version, `aborted` when its ports are another room's,
/// `resource_exhausted` when the scheduler has as many rooms as it may have.
struct adopt_stranger {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(adopt_stranger, x.scheduler, x.room)

/// Its machine is asked to end it, with the active version's grace period; done when that was asked for. `not_found` when
/// there is none.
struct end_stranger {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(end_stranger, x.scheduler, x.room)

} // namespace maestro
