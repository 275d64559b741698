// Domain values as bytes: the journal's records (proto/journal/v1) and the form in which entities cross a network.
// Encoding is deterministic (maps sorted), so equal values have equal bytes; state hashes rely on it. Decoding
// reads every older schema number for ever, and answers false for bytes that are no such value.
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"

#include <string>
#include <string_view>

namespace maestro {

#define MAESTRO_CODED(type)                                                                                       \
  std::string encode(const type& x);                                                                              \
  bool decode(std::string_view bytes, type& x);

MAESTRO_CODED(scheduler)
MAESTRO_CODED(operation)
MAESTRO_CODED(finished_operation)
MAESTRO_CODED(scheduler_event)
MAESTRO_CODED(scheduler_snapshot)
MAESTRO_CODED(pool_event)
MAESTRO_CODED(pool_snapshot)
MAESTRO_CODED(forwarding_event)
MAESTRO_CODED(forwarding_snapshot)
// messages that hold variants or nested optionals
MAESTRO_CODED(enqueue_operation)
MAESTRO_CODED(execute_operation)
MAESTRO_CODED(operation_outcome)
MAESTRO_CODED(record_progress)
MAESTRO_CODED(health_plan)
MAESTRO_CODED(create_instance)
MAESTRO_CODED(told_room)
MAESTRO_CODED(health_recipe)

#undef MAESTRO_CODED

/// Whether an encoded pool_event is a room_event_reported, told without decoding it.
bool is_report(std::string_view bytes);

} // namespace maestro
