// EVENT FORWARDER: the actor that tells one matchmaker of one scheduler's rooms (proto/README.md 6.3 to 6.5). It reads
// what is to be told in the rooms' own stream, from its place on and at the matchmaker's pace: while enough waits, the
// journal keeps the rest. What waits and whose turn it is decides actors/rules/delivery_queue, what is said
// actors/rules/matchmaker_calls; this actor makes the calls, counts them and says how far it is.
//
//   rooms' stream ──pages──> delivery_queue ──turns──> FORWARDER CLIENT
//   FORWARDING ──pings────────────┘    └──cursor──> FORWARDING
//
// Spawned and ended by FORWARDING.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

#include <caf/fwd.hpp>

namespace maestro {

/// `cursor`: whose place it is and where it is; `place`: in recipe.forwarders.
event_forwarder_actor spawn_event_forwarder(caf::actor_system& system, const actor_context_ptr& context,
                                            const forwarding_actor& parent, const forwarder_cursor& cursor,
                                            const change_forwarder& whom);

} // namespace maestro
