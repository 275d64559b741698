// How the players of test/e2e reach a game server: a socket that is connected to a port of this machine.
#pragma once

#include <cstdint>

namespace maestro::test {

/// `kind`: SOCK_STREAM or SOCK_DGRAM. Throws `std::system_error` when nobody listens there, which a datagram's socket cannot know.
/// Whoever gets it closes it.
int connected_to(int kind, std::uint16_t port);

} // namespace maestro::test
