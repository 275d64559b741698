// Rooms as answers show them: where they are reached, whether they hold or could take players, and as a table. For the room
// commands, and for those of schedulers that look at their rooms.
#pragma once

#include "nodes/cli/answers.hpp"
#include "nodes/cli/render.hpp"

#include <map>
#include <string>
#include <vector>

namespace maestro::cli {

/// `127.0.0.1:20001/udp`; `-` for a room without an address.
std::string room_address(const json& room);

/// Names of nodes by what rooms call them (`nodeId`).
using node_names = std::map<std::string, std::string>;
/// Empty where the server does not say.
node_names ask_node_names(const context& ctx);

/// `names`: for a wide one.
table rooms_table(const std::vector<json>& rooms, bool wide, const node_names& names, timestamp now);

/// Everything of one room, as `name = value` lines.
std::string room_text(const json& room, const node_names& names, const terminal& term);

/// Ready, or with players.
bool is_up(const json& room);
/// Players are in it, or on their way.
bool holds_players(const json& room);

/// The words of a room's status, as the API says them.
const std::vector<std::string>& room_statuses();

} // namespace maestro::cli
