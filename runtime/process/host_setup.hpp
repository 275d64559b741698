// What the process runtime needs to know and hold before it may touch a room: that it is alone in its data
// directory, its mark, the user of game servers, enough descriptors. Called once, at the start of the process
// host.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <optional>
#include <string>

namespace maestro::process {

/// Holds the lock of the rooms folder; waits a few seconds for a former node that is about to end.
result<unique_fd> lock_rooms(const room_layout& layout);

/// Locks one room's lock file: none when its shim holds it.
std::optional<unique_fd> try_lock(const std::string& path);

/// The configured mark, or the one kept in the data directory, made at the first start.
result<std::string> node_mark(const process_host_config& config, const room_layout& layout);

/// None when no user is configured.
result<std::optional<user_identity>> resolve_user(const std::string& user);

/// Raises our soft limit of open files to the hard one; answers the former soft limit, 0 when unknown.
std::uint64_t raise_descriptor_limit();

} // namespace maestro::process
