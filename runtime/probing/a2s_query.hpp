// A2S_INFO, which Source engine games and many others answer over UDP: the question, a challenge that is to be repeated
// (it proves that who asks hears the answers), and one datagram with the numbers of players and bots.
#pragma once

#include "runtime/probing/probe_reading.hpp"

#include <string>
#include <string_view>

namespace maestro::probing {

/// Without a challenge.
std::string a2s_question();

/// Of one datagram. `ask_again` where it is a challenge; who asked bounds how often.
probe_reading read_a2s(std::string_view datagram);

} // namespace maestro::probing
