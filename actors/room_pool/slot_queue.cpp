#include "actors/room_pool/slot_queue.hpp"

#include <utility>

namespace maestro {

namespace {

constexpr std::size_t waiting_max = 10000;

} // namespace

void slot_queue::end() {
  --under_way_;
  has_ended_ = true;
}

bool slot_queue::may_wait() const {
  return under_way_ > 0 && waiting_.size() < waiting_max;
}

// Who has waited before keeps the first place.
void slot_queue::wait(attempt again) {
  waiting_.insert(is_going_on_ ? waiting_.begin() : waiting_.end(), std::move(again));
}

void slot_queue::go_on() {
  if (!std::exchange(has_ended_, false))
    return;
  is_going_on_ = true;
  for (auto left = waiting_.size(); left > 0 && waiting_.size() == left; --left) {
    auto again = std::move(waiting_.front());
    waiting_.pop_front();
    again();
  }
  is_going_on_ = false;
}

} // namespace maestro
