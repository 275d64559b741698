// Lets many rooms of a pool change at the same time while each room changes one step at a time: a room whose event
// is on its way to the journal is closed, and every intent that concerns it waits in order. So every decision sees
// durable state only, and one group commit carries the changes of many rooms. Used by actors/room_pool/pool_writer.
//
//   enter(id, intent) ──> [ … waiting, in order … ] ──> run() ──> intent: decide ──> close(id) ──> … ──> open(id)
//                                                        ^                                                │
//                                                        └─────────── the next one, until one closes ─────┘
#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>

namespace maestro {

class room_gate {
public:
  using intent = std::function<void()>;

  bool is_closed(const room_id& id) const;
  std::size_t waiting(const room_id& id) const;

  /// Runs the intent now when the room is open and nothing of it waits or runs, else after all that came before.
  void enter(const room_id& id, intent act);
  /// By the intent whose event goes to the journal; the room must be open.
  void close(const room_id& id);
  /// Runs what waits until an intent closes the room again.
  void open(const room_id& id);

private:
  struct queue {
    std::list<intent> waiting;
    bool is_closed = false;
    bool is_running = false; ///< an intent that enters its own room waits like every other
  };
  void run(const room_id& id);

  std::unordered_map<room_id, queue> rooms_; ///< only those that are closed, or being run
};

} // namespace maestro
