// A long, bad cable: what goes in at one end comes out at the other later, or never. Its ends are TAP devices, so whole frames
// are held back and lost, and the kernels at both sides see what they would see of a real one: late segments, retransmissions,
// windows that stay shut. Made by test/support/private_network; one thread carries both ways.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace maestro {

/// Of each way. Frames stay in order, as they mostly do on real ones.
struct wire_quality {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{0}; ///< up to so much more, drawn for each frame
  double loss = 0;                     ///< share of the frames that never arrive
};

class slow_wire {
public:
  /// A TAP device of that name in the network namespace of this thread; throws where there can be none.
  static int open_end(const std::string& device);

  /// Two such ends, which it closes when it goes.
  slow_wire(int one, int other);
  ~slow_wire();
  slow_wire(const slow_wire&) = delete;
  slow_wire& operator=(const slow_wire&) = delete;

  void set(const wire_quality& quality);
  /// Frames so far, both ways.
  std::uint64_t carried() const { return carried_; }
  std::uint64_t lost() const { return lost_; }

private:
  using clock = std::chrono::steady_clock;
  struct frame {
    clock::time_point due;
    std::vector<char> bytes;
  };
  /// From one end to the other.
  struct lane {
    int from = -1;
    int to = -1;
    std::deque<frame> under_way;
  };

  void carry();
  void take_in(lane& one);
  void hand_out(lane& one);
  clock::time_point next_due() const;

  lane lanes_[2];
  std::mutex mutex_;
  wire_quality quality_;
  std::mt19937 chance_;
  std::atomic<std::uint64_t> carried_ = 0, lost_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread carrier_;
};

} // namespace maestro
