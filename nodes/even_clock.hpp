// A node's clock: runs evenly from the wall's time at the node's start on, by the steady clock; steps of the wall
// clock (set by hand, by a time service, after the battery was empty) and pauses (a machine that was suspended, a
// stopped process, actors that were deaf for long) are noticed, taken over at once and said, so that no duration is
// counted across them (messages/time: even_since, lasted). Read by every actor on every message; kept once a second
// by nodes/clock_keeper, in the simulator by the simulator.
#pragma once

#include "messages/time.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>

namespace maestro {

class even_clock {
public:
  /// The machine's two clocks. Steady time has an arbitrary beginning and need not go on while the machine sleeps.
  struct sources {
    std::function<duration()> steady;
    wall_clock wall;
  };

  /// Smaller differences between the two clocks are let be until they have grown: durations do not care.
  static constexpr duration tolerated = std::chrono::seconds{1};
  /// Not kept for so long, the node did not run: nobody's silence means anything.
  static constexpr duration pause = std::chrono::seconds{5};

  explicit even_clock(sources machine);

  /// Any thread, wait-free.
  clock_reading read() const;

  struct irregularity {
    duration stepped_by{}; ///< zero: the wall clock did not step
    duration paused_for{}; ///< zero: there was no pause
    explicit operator bool() const { return stepped_by != duration{} || paused_for != duration{}; }
  };
  /// Compares the clocks and takes over what has happened since the last call. One thread at a time.
  irregularity keep();

private:
  struct segment {
    duration offset; ///< wall minus steady
    timestamp even_since;
  };
  void go_on_with(segment next);

  sources machine_;
  // A reader holds one for nanoseconds; it is written again 64 irregularities later, of which there is one a call.
  std::array<segment, 64> segments_{};
  std::size_t next_segment_ = 0;
  std::atomic<const segment*> current_{nullptr};
  std::atomic<duration::rep> kept_at_{0}; ///< steady time
};

} // namespace maestro
