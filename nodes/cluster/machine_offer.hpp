// What a node tells the others of its machine: what it has for rooms, and where game servers of other machines reach its
// Rooms API. From the configuration, else from the machine itself.
#pragma once

#include "messages/cluster_types.hpp"
#include "messages/error.hpp"
#include "nodes/cluster/cluster_config.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// Fails naming the key whose value is no quantity.
result<machine_resources> configured_offer(const cluster_config& config);

/// What stands in the configuration, and for what does not the machine's cores and memory; these only where
/// `counts_machine`: rooms that are only data need none.
machine_resources offer_of(const cluster_config& config, bool counts_machine);

/// Made of where neighbours reach the node and the port of its Rooms API, unless the configuration has one. Empty where other
/// machines do not reach that port: it is closed, unknown, or on this machine's loopback only.
std::string rooms_api_of(const cluster_config& config, const std::string& bind_address, std::uint16_t rooms_port);

} // namespace maestro
