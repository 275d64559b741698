// The probes that only this runtime has: a text in a room's log, and a command in the room. For runtime/probing/probe_loop, on
// whose thread they are called.
#pragma once

#include "runtime/probing/probe_loop.hpp"
#include "runtime/process/process_config.hpp"

namespace maestro::process {

probing::ask_locally room_questions(const process_host_config& config);

} // namespace maestro::process
