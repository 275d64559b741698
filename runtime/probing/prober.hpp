// PROBER: asks the game servers of a runtime that do not ping, and tells their GAME ROOMS what a ping would have told. The
// asking is done by the loop's thread (runtime/probing/probe_loop), which tells the GAME ROOMS itself; the actor keeps the list
// of who is asked, and forgets a room when its GAME ROOM ends.
#pragma once

#include "messages/actors.hpp"
#include "runtime/probing/probe_loop.hpp"

namespace caf {
class actor_system;
}

namespace maestro {

prober_actor spawn_prober(caf::actor_system& system, probing::probe_loop_config config,
                          probing::ask_locally ask_room, probing::count_players count);

} // namespace maestro
