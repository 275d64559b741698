// The one block that makes our messages known to CAF: every type of messages/message_types.hpp gets a number, and its name is what other
// nodes hear.
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/message_types.hpp"

#include <caf/type_id.hpp>

#define MAESTRO_ID(type) CAF_ADD_TYPE_ID(maestro, (maestro::type))

CAF_BEGIN_TYPE_ID_BLOCK(maestro, first_custom_type_id)

MAESTRO_MESSAGES(MAESTRO_ID)

CAF_END_TYPE_ID_BLOCK(maestro)

#undef MAESTRO_ID

CAF_ERROR_CODE_ENUM(maestro::ec, "maestro")

namespace caf {
class actor_system_config;
}

namespace maestro {

/// Makes every message type and the error category known to an actor system; every node and test calls it first.
void register_messages(caf::actor_system_config& config);

/// A failure as CAF carries it, and back. Errors of CAF itself come back as `unavailable` (receiver down),
/// `deadline_exceeded` (request timeout) or `internal`.
caf::error to_caf(const failure& why);
failure from_caf(const caf::error& error);

} // namespace maestro
