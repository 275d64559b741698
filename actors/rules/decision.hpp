// What a rule decides about one command, as data: the events that become durable, what the asker is answered then,
// and what is done to the world after that. A rule takes its table, a command, a policy and `now`, and does
// nothing itself; the one writer of the table carries the decision out, in one place and one order:
//
//   decide ──> at once ──> journal ──(durable)──> apply ──> before_reply ──> reply ──> effects ──> next
//                             └────(refused)────> reply with the refusal ──> if_refused ──> next
#pragma once

#include "messages/error.hpp"

#include <vector>

namespace maestro::rules {

template <class Event, class Reply, class Effect>
struct decision {
  std::vector<Event> events{};        ///< one batch, in order; empty: nothing changes, the rest follows at once
  std::vector<Effect> before_reply{}; ///< in order, when durable: who must know before the asker goes on
  result<Reply> reply = Reply{};      ///< a refusal of the rule is a reply like any other
  bool answers_later = false;         ///< not `reply` answers the asker but one of the effects, later
  std::vector<Effect> effects{};      ///< in order, when the events are durable
  std::vector<Effect> if_refused{};   ///< in order, when the journal took none of the events
  std::vector<Effect> at_once{};      ///< before the journal is asked: what the next decision must find held
};

} // namespace maestro::rules
