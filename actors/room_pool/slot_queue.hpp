// Allocations by slots that found no room while others of their kind were on their way to the journal. Such a room is not
// offered until its change is durable, and may have slots left then: without this, of three players who come at once to
// one room with three places two would be turned away. Used by actors/room_pool/room_pool.
#pragma once

#include <cstddef>
#include <functional>
#include <list>

namespace maestro {

class slot_queue {
public:
  using attempt = std::function<void()>;

  /// An allocation of slots is on its way to the journal; and it has been there, or was refused.
  void begin() { ++under_way_; }
  void end();

  /// Something may come of waiting, and not too many wait.
  bool may_wait() const;
  void wait(attempt again);

  /// When the rooms of what has ended are open again: who waits tries again, in order, until one has to wait on.
  void go_on();

private:
  std::size_t under_way_ = 0;
  bool has_ended_ = false;
  bool is_going_on_ = false;
  std::list<attempt> waiting_;
};

} // namespace maestro
