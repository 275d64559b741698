// Quake 3's `getstatus`, which OpenArena, Xonotic, Warsow, ioquake3 and their kin answer over UDP: one datagram with the
// server's variables and a line for each player, bots included. The question carries a number that the answer repeats among
// the variables, so that nobody who has not seen the question can answer it.
#pragma once

#include "runtime/probing/probe_reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace maestro::probing {

std::string quake3_question(std::uint32_t number);

/// Of one datagram, all of which is looked at.
probe_reading read_quake3(std::string_view datagram, std::uint32_t number);

} // namespace maestro::probing
