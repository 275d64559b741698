// REMOTE ROOM: stands at a door for a GAME ROOM of another node, so that the door asks it like any other. Holds names
// only, and has no mailbox: a ping is laid at once where the PEER takes all that came meanwhile, without a turn of anybody for each.
// Once that PEER has ended, and where a room is not to be asked there any more, a ping is answered as by one that has
// ended: the door looks again.
//
//   doors ──ping──> REMOTE ROOM ──lays──> ping_tray <──takes── PEER
//
// Doors remember rooms without holding them, so the PEER keeps those that were asked for lately: a ping finds the one of the ping
// before, and asks the neighbour once, not twice.
#pragma once

#include "messages/cluster_actors.hpp"

#include <caf/all.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace maestro {

/// Pings that wait for the PEER of one neighbour. All members are called from any thread.
class ping_tray {
public:
  struct ping {
    caf::strong_actor_ptr asker;
    caf::message_id id; ///< of the request, by whoever asks
    relay_ping what;
  };

  /// Whoever lays the first one tells `peer` that there is something, by a timer_fired of that kind.
  ping_tray(caf::actor_addr peer, std::uint8_t kind) : peer_(std::move(peer)), kind_(kind) {}

  /// False: the PEER has ended.
  bool lay(ping& one, caf::execution_unit* host);
  /// All of it, in order.
  std::vector<ping> take();
  /// The PEER has ended: whoever waits hears so, and nothing is laid here any more.
  void close();

private:
  const caf::actor_addr peer_;
  const std::uint8_t kind_;
  std::mutex guard_;
  std::vector<ping> waiting_;
  bool is_closed_ = false;
};
using ping_tray_ptr = std::shared_ptr<ping_tray>;

class remote_rooms {
public:
  /// `limit`: how many are kept at most; when half of them are new the others go.
  explicit remote_rooms(std::size_t limit) : generation_size_(limit / 2 + 1) {}

  game_room_actor get(caf::actor_system& system, const ping_tray_ptr& tray, const scheduler_name& scheduler,
                      const room_id& room);
  std::size_t size() const { return young_.size() + old_.size(); }

private:
  using generation = std::unordered_map<std::string, game_room_actor>; ///< by `scheduler/room`

  std::size_t generation_size_;
  generation young_;
  generation old_;
};

} // namespace maestro
