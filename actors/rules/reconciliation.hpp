// Desired against observed: the pool's records beside the runtime's own list. The only place that sees both.
#pragma once

#include "messages/room_types.hpp"
#include "messages/runtime_types.hpp"

#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace maestro::rules {

struct reconciliation {
  std::vector<instance> drifted;  ///< instances whose state differs from the room's record
  std::vector<room_id> to_create; ///< intended, never started: ask the runtime again (it is idempotent)
  std::vector<room_id> to_delete; ///< removal decided, instance still there: ask again
  std::vector<room_id> gone;      ///< had an instance, or is to be removed, and the runtime knows none
  std::vector<instance> orphans;  ///< instances without a room
};

/// `creating`: rooms whose creation the runtime is being asked for right now; they are left alone.
reconciliation reconcile(const std::unordered_map<room_id, room_record>& rooms,
                         const std::vector<instance>& instances, const std::unordered_set<room_id>& creating);

} // namespace maestro::rules
