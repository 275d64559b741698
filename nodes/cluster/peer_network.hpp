// The network between nodes, on CAF's middleman: where a node's PEER DOOR is published, and the PEER CONNECTOR that
// reaches the others'. Connecting is bounded and never waits in the middleman, whose own way of connecting would hold up
// every other link for minutes.
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/error.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace maestro {

class peer_tunnel;

/// `host:port`, the host an IPv4 address or a name, in brackets an IPv6 address.
struct peer_address {
  std::string host;
  std::uint16_t port = 0;
};
result<peer_address> parse_peer_address(const std::string& text);
bool is_loopback(const peer_address& address);

/// Without TLS. The port that it listens on.
result<std::uint16_t> publish_peer_door(caf::actor_system& system, const peer_door_actor& door,
                                        const peer_address& where);

/// Behind a socket file in that folder, for a PEER TUNNEL (nodes/cluster/peer_tunnel). The file's name, short whatever the
/// folder is called.
result<std::string> publish_peer_door(caf::actor_system& system, const peer_door_actor& door,
                                      const std::string& folder);

/// In a thread of its own. Through the tunnel, which must outlive it, or without one.
peer_connector_actor spawn_peer_connector(caf::actor_system& system, peer_tunnel* tunnel);

} // namespace maestro
