// What matchmakers are to be told of a pool's rooms (proto/README.md 6.2): events that game servers report, and that
// rooms end. Both become part of the rooms' own stream, with all that is told, so that they are told in order and are
// not lost; actors/event_forwarder reads them there. Called by the room pool when the room's turn has come.
#pragma once

#include "actors/rules/pool_view.hpp"
#include "messages/forwarding_commands.hpp"

namespace maestro::rules {

/// Somebody is to be told of this scheduler's rooms.
bool has_listeners(const scheduler& recipe);

/// Nothing is written where nobody listens, or the room only tries out a version. What cannot be told is refused with
/// the original's text.
pool_decision<done> decide_report(const pool_view& pool, const report_room_event& command);

/// Adds that the room ends, once in its life; not for rooms that try out a version, that never came up, or that go
/// with their scheduler.
void report_end(const pool_view& pool, const room_record& room, removal_cause cause, std::vector<pool_event>& to);

/// Whether a ping is told: of a room whose end was reported only that it ends.
bool is_resynced(bool is_validation, bool end_reported, ping_status said);

} // namespace maestro::rules
