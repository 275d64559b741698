// Rooms as answers show them: where they are reached, whether they hold or could take players, and as a table. For the room
// commands, and for those of schedulers that look at their rooms.
#pragma once

#include "nodes/cli/answers.hpp"
#include "nodes/cli/render.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace maestro::cli {

/// `127.0.0.1:20001/udp`; `-` for a room without an address.
std::string room_address(const json& room);

/// The names of the nodes that rooms are on. The server is asked when the first one is wanted, and not again.
class node_names {
public:
  explicit node_names(const context& ctx) : ctx_(ctx) {}
  /// Its id where the server does not know its name, or says nothing of nodes.
  std::string of(const json& room);

private:
  const context& ctx_;
  std::optional<std::map<std::string, std::string>> by_id_;
};

/// Only a wide one says the nodes.
table rooms_table(const std::vector<json>& rooms, bool wide, node_names& names, timestamp now);

/// Everything of one room, as `name = value` lines.
std::string room_text(const json& room, node_names& names, const terminal& term);

/// Ready, or with players.
bool is_up(const json& room);
/// Players are in it, or on their way.
bool holds_players(const json& room);

/// The words of a room's status, as the API says them.
const std::vector<std::string>& room_statuses();

} // namespace maestro::cli
