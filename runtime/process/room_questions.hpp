// The probes that only this runtime has: a text in a room's log, a command in the room, and the players that its output tells
// of. For runtime/probing/probe_loop, on whose thread they are called.
#pragma once

#include "runtime/probing/probe_loop.hpp"
#include "runtime/process/process_config.hpp"

namespace maestro::process {

probing::ask_locally room_questions(const process_host_config& config);

/// What the shim has counted in the output of a room whose recipe says how.
probing::count_players room_players(const process_host_config& config);

} // namespace maestro::process
