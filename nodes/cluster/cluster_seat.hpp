// A node's seat in its cluster: its actors for that, in the order in which they need one another, and its published
// PEER DOOR. Taken by the node at its start, left at its end: the others hear of it at once.
#pragma once

#include "actors/cluster/cluster_context.hpp"
#include "nodes/cluster/cluster_config.hpp"

#include <memory>

namespace maestro {

class peer_tunnel;

/// Whether a node can be started with it: names, addresses, files. A text names the key.
result<done> check(const cluster_config& config);

/// The node as it tells the others, and itself where there are none.
cluster_member describe_member(const cluster_config& config, const std::string& node_id,
                               std::vector<std::string> roles, timestamp now);

class cluster_seat {
public:
  /// `folder`: the node's own, for a socket file.
  static result<std::unique_ptr<cluster_seat>> take(caf::actor_system& system, const cluster_config& config,
                                                    const std::string& folder, const cluster_member& self,
                                                    const local_directory_actor& local, const node_clock& clock);
  ~cluster_seat();
  cluster_seat(const cluster_seat&) = delete;
  cluster_seat& operator=(const cluster_seat&) = delete;

  const scheduler_directory_actor& directory() const { return directory_; }

private:
  explicit cluster_seat(caf::actor_system& system);
  result<std::string> open_door(const cluster_config& config, const std::string& folder);

  caf::actor_system& system_;
  std::unique_ptr<peer_tunnel> tunnel_; ///< none: without TLS
  cluster_store_actor store_;
  peer_connector_actor connector_;
  cluster_directory_actor cluster_;
  scheduler_directory_actor directory_; ///< the same
  peer_door_actor door_;
  std::uint16_t port_ = 0;
};

} // namespace maestro
