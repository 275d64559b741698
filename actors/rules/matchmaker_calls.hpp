// What a matchmaker is called with when something is to be told of a room (proto/README.md 6.2 and 6.3): the method,
// the room's fields, the merged metadata. Used by actors/event_forwarder, and by event_report to refuse at once what could
// not be told.
#pragma once

#include "actors/rules/event_attributes.hpp"
#include "messages/error.hpp"
#include "messages/forwarding_types.hpp"
#include "messages/scheduler_types.hpp"

namespace maestro::rules {

/// Whose rooms they are.
struct told_scheduler {
  scheduler_name name;
  std::string game;
};

/// The call at one forwarder, or the original's text why there is none: no port of the room is known, a player
/// without an id, a word that is none.
result<matchmaker_call> matchmaker_call_for(const room_event_reported& what, const forwarder& whom,
                                            const told_scheduler& scheduler, number_style numbers);

/// Whether an event may be told of a room that is not there any more, or has no address: that it ends.
bool tells_of_an_end(const room_event_reported& what);

/// Of a call that was answered with `OK`: the gRPC code that the matchmaker's own number stands for.
std::string code_word(std::int32_t response_code);
/// What metrics and logs call the outcome; `OK` is the only success.
std::string outcome_word(const matchmaker_answer& answer);

} // namespace maestro::rules
