// Whose turn it is in an actor that decides one thing after another: a decision whose events are at the journal
// keeps every later one waiting, until the journal has answered and all that follows from the answer was done. What is
// wished for meanwhile, from inside or from outside, is taken up after that; nothing enters in between. Used by
// actors/scheduler/scheduler_writer.
#pragma once

#include "messages/assert.hpp"

#include <utility>

namespace maestro {

class one_at_a_time {
public:
  /// Calls `next` again and again until it says that there is nothing, or until a write has begun. From within
  /// itself, from an answer that is being carried out, or during a write: nothing happens now.
  template <class Next>
  void run(Next next) {
    if (std::exchange(is_running_, true))
      return;
    while (!is_writing_ && next()) {
    }
    is_running_ = false;
  }

  void begin_write() {
    MAESTRO_ASSERT(!is_writing_, "a write begins while another {}", is_running_ ? "is decided" : "is under way");
    is_writing_ = true;
  }

  /// The journal has answered: what follows from it first, then what waited.
  template <class Effects, class Next>
  void end_write(Effects effects, Next next) {
    effects();
    is_writing_ = false;
    run(std::move(next));
  }

  bool is_writing() const { return is_writing_; }

private:
  bool is_running_ = false;
  bool is_writing_ = false;
};

} // namespace maestro
