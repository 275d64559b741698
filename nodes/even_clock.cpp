#include "nodes/even_clock.hpp"

#include <chrono>
#include <utility>

namespace maestro {

even_clock::even_clock(sources machine) : machine_(std::move(machine)) {
  auto steady = machine_.steady();
  auto wall = machine_.wall();
  kept_at_ = steady.count();
  go_on_with({wall.time_since_epoch() - steady, wall});
}

clock_reading even_clock::read() const {
  duration kept_at{kept_at_.load(std::memory_order_acquire)}; // first: who sees a pause kept sees its segment too
  auto* segment_now = current_.load(std::memory_order_acquire);
  auto steady = machine_.steady();
  timestamp now{steady + segment_now->offset};
  // The pause has ended and nobody has kept the clock since: whoever reads first must know already.
  bool is_paused = steady - kept_at > pause;
  return {now, is_paused ? now : segment_now->even_since, steady};
}

even_clock::irregularity even_clock::keep() {
  auto steady = machine_.steady();
  auto wall = machine_.wall();
  auto& now = *current_.load(std::memory_order_relaxed);
  irregularity seen;
  auto difference = wall.time_since_epoch() - steady - now.offset;
  if (difference > tolerated || difference < -tolerated)
    seen.stepped_by = difference;
  if (auto unkept = steady - duration{kept_at_.load(std::memory_order_relaxed)}; unkept > pause)
    seen.paused_for = unkept;
  if (seen) {
    auto offset = now.offset + seen.stepped_by;
    go_on_with({offset, timestamp{steady + offset}});
  }
  kept_at_.store(steady.count(), std::memory_order_release);
  return seen;
}

void even_clock::go_on_with(segment next) {
  auto& place = segments_[next_segment_++ % segments_.size()];
  place = next;
  current_.store(&place, std::memory_order_release);
}

} // namespace maestro
