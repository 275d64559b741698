// Lets many rooms of a pool change at the same time while each room changes one step at a time: a room whose event
// is on its way to the journal is locked, and what concerns it waits in order. So every decision sees durable
// state only, and one group commit carries the changes of many rooms.
#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <unordered_map>

namespace maestro {

class room_gate {
public:
  using action = std::function<void()>;

  bool is_locked(const room_id& id) const { return locked_.contains(id); }
  std::size_t waiting(const room_id& id) const;

  /// Runs the action now when the room is free, else after what already waits.
  void enter(const room_id& id, action act);
  /// The room must be free.
  void lock(const room_id& id);
  /// Unlocks and runs what waits until one of the actions locks the room again.
  void leave(const room_id& id);

private:
  std::unordered_map<room_id, std::deque<action>> locked_;
};

} // namespace maestro
