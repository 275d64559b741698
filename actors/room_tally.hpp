// How many rooms and instances of one scheduler there are of each status. Its ROOM POOL writes it after every change,
// before anybody is answered; whoever shows numbers (SCHEDULER DIRECTORY, METRICS REPORTER) reads it without asking
// the pool. One writer, any number of readers, no lock: numbers of one moment may be a change apart.
// With them goes what its HEALTH CONTROLLER thinks of it, which changes seldom, under a lock.
#pragma once

#include "messages/room_types.hpp"
#include "messages/scheduler_condition.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

namespace maestro {

class room_tally {
public:
  void write(const room_counts& counts) {
    for (std::size_t i = 0; i < rooms_.size() && i < counts.rooms.size(); ++i)
      rooms_[i].store(counts.rooms[i], std::memory_order_relaxed);
    for (std::size_t i = 0; i < instances_.size() && i < counts.instances.size(); ++i)
      instances_[i].store(counts.instances[i], std::memory_order_relaxed);
    allocated_slots_.store(counts.allocated_slots, std::memory_order_relaxed);
    running_matches_.store(counts.running_matches, std::memory_order_release);
  }

  room_counts read() const {
    room_counts counts;
    counts.running_matches = running_matches_.load(std::memory_order_acquire);
    counts.allocated_slots = allocated_slots_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < rooms_.size() && i < counts.rooms.size(); ++i)
      counts.rooms[i] = rooms_[i].load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < instances_.size() && i < counts.instances.size(); ++i)
      counts.instances[i] = instances_[i].load(std::memory_order_relaxed);
    return counts;
  }

  void write(const scheduler_condition& condition) {
    std::scoped_lock lock(condition_mutex_);
    condition_ = condition;
  }
  scheduler_condition condition() const {
    std::scoped_lock lock(condition_mutex_);
    return condition_;
  }

private:
  mutable std::mutex condition_mutex_;
  scheduler_condition condition_;
  std::array<std::atomic<std::int64_t>, room_status_count> rooms_{};
  std::array<std::atomic<std::int64_t>, 5> instances_{};
  std::atomic<std::int64_t> running_matches_{0};
  std::atomic<std::int64_t> allocated_slots_{0};
};
using room_tally_ptr = std::shared_ptr<room_tally>;

} // namespace maestro
