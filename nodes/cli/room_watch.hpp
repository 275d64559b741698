// `room list --watch`: the rooms as they change. On a terminal the table is redrawn in place with the latest
// changes under it; elsewhere, and with -o json, each change is one line, so that the output can be piped and
// kept.
#pragma once

#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/render.hpp"

namespace maestro::cli {

std::string room_address(const json& room);
table rooms_table(const json& rooms, bool wide, timestamp now);

using fetch_rooms_function = json (*)(const context&, const list_rooms_options&);
/// Until interrupted, or for `watch_for`. A node that is away for a moment is said and waited for.
void watch_rooms(const context& ctx, const list_rooms_options& options, fetch_rooms_function fetch);

} // namespace maestro::cli
