// The game server behind a simulated room, as the simulation plays it: when it pings next, and whose matches it runs.
#pragma once

#include "messages/actors.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <vector>

namespace maestro::simulation {

/// A game server of the simulated world and the matches of those who hold it, also of those who are on their way.
struct game_server {
  timestamp next_ping = never;
  std::vector<int> matches; ///< of those who hold it, how many pings each match still lasts
  std::uint64_t pings_sent = 0;
  std::uint64_t events_reported = 0;
  timestamp began = never; ///< when it was last started again
  game_room_actor game;    ///< of this life of the node
};

} // namespace maestro::simulation
