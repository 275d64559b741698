// Who may have how many of the file descriptors that the process is allowed. The journal's come first, without which nothing
// can be acknowledged; then as many rooms as can be watched and have a connection each; the doors have the rest, but each
// enough to be heard. Shared out once, at the node's start.
#pragma once

#include "messages/error.hpp"

#include <cstdint>

namespace maestro {

struct node_config;

struct descriptor_shares {
  std::uint64_t instances = 0;                           ///< at a time
  std::uint32_t management = 0, rooms = 0, internal = 0; ///< connections of each door

  bool operator==(const descriptor_shares&) const = default;
};

/// What of the wishes `limit` descriptors allow, with `per_instance` for each instance (0: they need none). Fails where
/// not one room and a few connections are left.
result<descriptor_shares> share_descriptors(std::uint64_t limit, std::uint64_t per_instance,
                                            const descriptor_shares& wished);

/// Lowers the configuration's bounds to what this process can have, and warns of each that was lowered.
result<done> share_descriptors(node_config& config);

} // namespace maestro
