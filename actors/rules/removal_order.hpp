// Which rooms go first when some must go (behaviour.md 4.6).
#pragma once

#include "messages/room_types.hpp"
#include "messages/settings.hpp"

#include <string>
#include <vector>

namespace maestro::rules {

/// Ids of the rooms to remove, in order, at most `amount` of rooms that are not yet on their way out, followed by
/// all rooms that are terminating already (their deletion is repeated).
///
/// Order: error; silent for longer than the ping timeout; pending; ready; unready; active; allocated; occupied.
/// Within that, rooms of another major version than the active one come first. `spare_players`: rooms that hold
/// players or an allocation are left out; scale-down and roll-out never end a match (they come back when the match
/// is over).
std::vector<room_id> removal_order(const std::vector<room_view>& rooms, std::int64_t amount,
                                   const std::string& active_version, bool spare_players, const settings& limits,
                                   timestamp now);

/// Same major number of two semantic versions (leading v optional); false when either cannot be read.
bool same_major(const std::string& left, const std::string& right);

} // namespace maestro::rules
