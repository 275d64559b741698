// What a room pool learns: what game servers say (pings) and what the runtime says (instances) becomes the room's
// status by the rules of room_lifecycle. Called by the room pool when the room's turn has come.
#pragma once

#include "actors/rules/pool_view.hpp"

namespace maestro::rules {

/// A ping that may change something. False for unknown rooms and for what the transition table forbids.
pool_decision<ping_result> decide_ping(const pool_view& pool, const observe_ping& ping);

/// A room that is asked does not answer.
pool_decision<done> decide_silence(const pool_view& pool, const observe_silence& seen);

/// The machine that runs the room is not reached: it is as silent as one that is asked and does not answer, until it is
/// heard of again. Nothing where the room runs elsewhere.
pool_decision<done> decide_host_loss(const pool_view& pool, const room_id& id, const host_lost& lost);

/// Whether the pool would learn nothing from that.
bool changes_nothing(const room_changed& known, const report_silence& seen, duration allocation_ttl,
                     const clock_reading& clock);

/// A repeated ping can only matter to an allocation that ran out: the pool then makes the room ready again.
/// `known` is all that a game room keeps, so that it can tell by itself.
bool changes_nothing(const room_changed& known, const ping_room& ping, duration allocation_ttl,
                     const clock_reading& clock);

/// The runtime reports one instance: sorts the news to the room's turn. Instances without a room are ended.
pool_decision<done> decide_arrival(const pool_view& pool, const instance_event& event);

/// The room's instance as the runtime sees it now.
pool_decision<done> decide_instance(const pool_view& pool, const instance& seen);

} // namespace maestro::rules
