// The duty of a room pool that learns: what game servers say (pings) and what the runtime says (instances) becomes
// the room's status by the rules, durably, one step after another.
#pragma once

#include "actors/room_pool_core.hpp"

namespace maestro {

/// A ping that may change something. False for unknown rooms and for what the transition table forbids.
void observe_ping_of(room_pool_core& pool, const observe_ping& ping,
                     caf::typed_response_promise<ping_result> answer);

/// The runtime reports one instance. Instances without a room are ended.
void observe_instance(room_pool_core& pool, const instance_event& event);

/// The runtime's whole truth beside ours. A difference is acted upon when two lists in a row show it (news about
/// it may still be on the way), or at once when `is_first` after a start.
class instance_review {
public:
  void review(room_pool_core& pool, const std::vector<instance>& instances, bool is_first);

private:
  std::unordered_set<room_id> suspects_;
};

} // namespace maestro
