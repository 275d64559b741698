// What the connections of one door use together: how many there are, and how many bytes their buffers hold. Shared by
// the door's listener, its threads and its connections, which it outlives; counted from any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace maestro {

/// Bytes that may be used up to a limit.
class byte_budget {
public:
  explicit byte_budget(std::uint64_t limit) : limit_(static_cast<std::int64_t>(limit)) {}

  /// False, and nothing taken, when that would be too much.
  bool take(std::int64_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_)
      return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  /// Takes what is there already, or gives back (negative).
  void count(std::int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  bool has(std::uint64_t bytes) const { return used() + static_cast<std::int64_t>(bytes) <= limit_; }
  std::int64_t used() const { return used_.load(std::memory_order_relaxed); }
  std::int64_t limit() const { return limit_; }

private:
  std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
};

struct door_load {
  explicit door_load(std::uint64_t buffer_bytes) : buffers(buffer_bytes) {}

  std::atomic<std::uint32_t> connections{0};
  byte_budget buffers;
};

} // namespace maestro
