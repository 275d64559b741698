// Asks the kernel whether a host port is free, by binding it for a moment. Between the answer and the game
// server's own bind somebody else may take it: then the game server says so and ends.
#pragma once

#include "messages/error.hpp"
#include "messages/room_types.hpp"

namespace maestro::process {

/// port_in_use when taken; invalid_argument for a number or protocol that no process can bind.
result<done> probe_port(const host_port& port);

/// `host port 7001/udp ("game")`.
std::string port_text(const host_port& port);

} // namespace maestro::process
