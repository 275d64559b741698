// What of a cluster's journal may leave the store: what is on enough nodes' disks. For the SHARED JOURNAL.
#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace maestro::rules {

/// Up to which revision entries may go; 0: none. `copies`: how far each node's is; `live`: the nodes that are in.
/// On as many of the live ones as there are, `wanted` at most, but on two where two nodes have copies: what is on one
/// disk alone goes with it.
std::int64_t trim_up_to(const std::map<node_name, std::int64_t>& copies, const std::set<node_name>& live,
                        std::size_t wanted);

/// Who does it: one of the live nodes with a copy.
std::optional<node_name> who_trims(const std::map<node_name, std::int64_t>& copies,
                                   const std::set<node_name>& live);

} // namespace maestro::rules
