// What the outside sees of a room's processes: status and description, in the spirit of proto/README.md 7.3. A
// function of what the room is and what its shim wrote.
#pragma once

#include "messages/runtime_types.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <optional>
#include <string>

namespace maestro::process {

struct instance_view {
  instance_status status = instance_status::pending;
  std::string description;
};

/// `shim_alive` false: every process of the room ended for good.
instance_view view_instance(const room_identity& room, const std::optional<shim_state>& state, bool shim_alive);

/// How its containers ended, for the record of a deleted room: `killed by signal 15 (SIGTERM)`.
std::string describe_end(const room_identity& room, const std::optional<shim_state>& state);

} // namespace maestro::process
