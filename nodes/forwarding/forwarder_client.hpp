// FORWARDER CLIENT on gRPC: the actor in front of nodes/forwarding/matchmaker_channels. In a thread of its own, so that
// what calls cost is taken from no ping. A channel is there while a forwarder that uses it lives. Spawned and ended by
// the node.
#pragma once

#include "messages/actors.hpp"
#include "nodes/forwarding/matchmaker_channels.hpp"

#include <caf/fwd.hpp>

namespace maestro {

forwarder_client_actor spawn_forwarder_client(caf::actor_system& system, const matchmaker_channel_config& config);

} // namespace maestro
