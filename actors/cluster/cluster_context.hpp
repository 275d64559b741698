// What the actors of a cluster are spawned with: the ports, who this node is, and the numbers to obey. Shared,
// immutable, made once by the node or a test.
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/time.hpp"

#include <memory>
#include <string>

namespace maestro {

struct cluster_context {
  cluster_store_actor store;
  peer_connector_actor connector;
  local_directory_actor local;
  node_clock clock;
  std::string cluster; ///< its name; nodes of another one are refused
  cluster_member self;
  cluster_settings settings;
};
using cluster_context_ptr = std::shared_ptr<const cluster_context>;

} // namespace maestro
