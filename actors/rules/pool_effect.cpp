#include "actors/rules/pool_effect.hpp"

namespace maestro::rules {

std::string to_string(pool_note note) {
  switch (note) {
  case pool_note::observation_refused: return "observation does not fit the room's status";
  case pool_note::room_not_created: return "room could not be created";
  case pool_note::removal_begun: return "removing room";
  case pool_note::room_silent: return "a game server does not answer and gets no new match";
  case pool_note::room_out_of_sight: return "a room's machine is not reached: it gets no new match";
  case pool_note::room_ended: return "room ended";
  case pool_note::orphan_found: return "ending an instance that belongs to no room";
  case pool_note::stranger_found:
    return "an instance lives that the journal does not know: it is left alone until it ends, until an operator "
           "says "
           "what it is (maestro room adopt, maestro room end), or until its scheduler is deleted";
  case pool_note::stranger_adopted: return "adopting an instance as a room";
  }
  return "unknown";
}

} // namespace maestro::rules
