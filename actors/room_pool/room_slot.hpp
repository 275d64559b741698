// What a game room and its pool share about one room: its id, once, and the time of the last ping, which the game
// room writes and its pool reads whenever it wants. Both live in the same process always: a pool spawns its game
// rooms, and who takes over a scheduler spawns its own.
#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <atomic>
#include <memory>

namespace maestro {

class room_slot {
public:
  explicit room_slot(room_id named) : id(std::move(named)) {}

  const room_id id;

  void pinged(timestamp at) { last_ping_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
  /// `never`: not since the node started.
  timestamp last_ping_at() const { return timestamp{duration{last_ping_.load(std::memory_order_relaxed)}}; }

private:
  std::atomic<duration::rep> last_ping_{0};
};
using room_slot_ptr = std::shared_ptr<room_slot>;

} // namespace maestro
