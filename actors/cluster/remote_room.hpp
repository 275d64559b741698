// REMOTE ROOM: stands at a door for a GAME ROOM of another node, so that the door asks it like any other. Holds names
// only. Once the PEER that it relays through has ended, and where a room is not to be asked there any more, a ping is answered as
// by one that has ended: the door looks again.
//
// Doors remember rooms without holding them, so the PEER keeps those that were asked for lately: a ping finds the one of the ping
// before, and asks the neighbour once, not twice.
#pragma once

#include "messages/cluster_actors.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace maestro {

class remote_rooms {
public:
  /// `limit`: how many are kept at most; when half of them are new the others go.
  explicit remote_rooms(std::size_t limit) : generation_size_(limit / 2 + 1) {}

  game_room_actor get(caf::actor_system& system, const peer_actor& through, const scheduler_name& scheduler,
                      const room_id& room);
  std::size_t size() const { return young_.size() + old_.size(); }

private:
  using generation = std::unordered_map<std::string, game_room_actor>; ///< by `scheduler/room`

  std::size_t generation_size_;
  generation young_;
  generation old_;
};

} // namespace maestro
