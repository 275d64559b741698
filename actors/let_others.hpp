// How an actor goes on with work that it cuts into slices: after every other actor has had a turn. A message to itself
// would not do: an actor takes hundreds of messages before it leaves its thread, and actors that answer one another on
// a single thread leave it to nobody else. A timer comes from outside and takes its place behind all that waits.
#pragma once

#include "messages/actors.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <chrono>

namespace maestro {

constexpr std::chrono::microseconds others_first{1};

/// `timer` comes back when the others had their turn.
template <class Self>
void let_others(Self* self, const timer_fired& timer = {}) {
  self->delayed_send(self, others_first, timer);
}

/// Answers when the others had their turn: for actors that await the answer, and handle nothing else until it is there.
using pause_actor = caf::typed_actor<ask<done>::with<done>, tell<timer_fired>>; // INTERNAL

struct pause_state {
  static inline const char* name = "pause";
  pause_state() {}
  caf::typed_response_promise<done> waiting;
};

inline pause_actor::behavior_type pause(pause_actor::stateful_pointer<pause_state> self) {
  return {[self](done) -> caf::result<done> {
            self->state.waiting = self->make_response_promise<done>();
            let_others(self);
            return self->state.waiting;
          },
          [self](const timer_fired&) { self->state.waiting.deliver(done{}); }};
}

} // namespace maestro
