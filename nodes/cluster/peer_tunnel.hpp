// Links between machines: mutual TLS around CAF's own connections. The tunnel listens where the others reach this node,
// proves each side's certificate against the cluster's own authority, and joins the two plain ends: the PEER DOOR behind a
// socket file in the data directory, which only the node's user can reach, and a socket pair for each link that this node
// begins. CAF's own TLS would shake hands in the thread that serves all links, for as long as a frozen neighbour likes.
// One thread; what is unfinished is bounded in number and time.
#pragma once

#include "messages/error.hpp"
#include "nodes/cluster/cluster_config.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace maestro {

/// Its files can be read and fit together.
result<done> check(const peer_tls_config& config);

class peer_tunnel {
public:
  /// Listens at once. Whoever proves itself is joined to the socket file `door`.
  static result<std::unique_ptr<peer_tunnel>> open(const peer_tls_config& config, const std::string& host,
                                                   std::uint16_t port, const std::string& door);
  /// Breaks all links.
  ~peer_tunnel();
  peer_tunnel(const peer_tunnel&) = delete;
  peer_tunnel& operator=(const peer_tunnel&) = delete;

  std::uint16_t port() const;
  /// A connected socket to the node there, once both have proved themselves; the caller's. Blocks while the name is
  /// resolved, then for three seconds at most. Any thread.
  result<int> connect(const std::string& host, std::uint16_t port);

private:
  peer_tunnel();
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
