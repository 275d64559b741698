// The timers of an actor that may end long before they are due. CAF's clock holds whom a message is for until then, with all its
// memory: of each scheduler that comes to rest two ended peers would stay for a minute, 2.7 KB. It holds a bell in
// their place, whose timers can be cancelled: both are gone when the owner ends. For the peers of a SCHEDULER.
#pragma once

#include "messages/actors.hpp"

#include <caf/all.hpp>

namespace maestro {

/// Part of its owner's state.
class alarm {
public:
  alarm() = default;
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;
  /// Nothing rings any more, and deadlines of what the owner has asked are off.
  ~alarm();

  /// `what` comes back after that time.
  void ring(caf::scheduled_actor* owner, duration wait, const timer_fired& what = {});

private:
  caf::scheduled_actor* owner_ = nullptr;
  caf::strong_actor_ptr bell_; ///< none before it is set for the first time
};

} // namespace maestro
