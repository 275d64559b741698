// A node's seat in its cluster: its actors for that, in the order in which they need one another, and its published
// PEER DOOR. Taken by the node at its start, left at its end: the others hear of it at once.
#pragma once

#include "actors/cluster/cluster_context.hpp"
#include "actors/host_board.hpp"
#include "messages/shared_journal_actor.hpp"
#include "nodes/cluster/cluster_config.hpp"

#include <memory>
#include <vector>

namespace maestro {

class peer_tunnel;
class served_schedulers;

/// Whether a node can be started with it: names, addresses, files. A text names the key.
result<done> check(const cluster_config& config);

/// The node as it tells the others, and itself where there are none.
cluster_member describe_member(const cluster_config& config, const std::string& node_id,
                               std::vector<std::string> roles, timestamp now);

/// While that file is in a data directory, its node may found a cluster from it (`maestro cluster init`); gone when it has.
inline constexpr const char* founding_mark = "found_cluster";

/// What the seat needs of its node.
struct seat_ports {
  journal_actor journal;            ///< this node's own: the copy of what all have written
  room_host_actor host;             ///< this machine's runtime
  prober_actor prober;              ///< likewise
  runtime_events_actor host_events; ///< what that publishes
  runtime_events_actor events;      ///< where this node's schedulers hear of their instances
  node_clock clock;
  std::shared_ptr<metrics> meter;
  std::shared_ptr<host_board> hosts; ///< what the runtime and all schedulers of the node go by
};

class cluster_seat {
public:
  /// The others reach this node from now on, but get nothing before `begin`. `folder`: the node's own, for a socket file.
  static result<std::unique_ptr<cluster_seat>> take(caf::actor_system& system, const cluster_config& config,
                                                    const std::string& folder, const cluster_member& self,
                                                    const seat_ports& ports);
  /// This node joins, with the schedulers of `local`.
  void begin(const local_directory_actor& local);
  /// The others hear that it is gone, and get nothing any more. The schedulers that are still here go on.
  void leave();
  ~cluster_seat();
  cluster_seat(const cluster_seat&) = delete;
  cluster_seat& operator=(const cluster_seat&) = delete;

  /// Once it has begun.
  const scheduler_directory_actor& directory() const { return directory_; }
  /// The machines of all nodes.
  const room_host_actor& host() const { return host_; }
  /// Asks rooms wherever they run.
  const prober_actor& prober() const { return prober_; }
  /// What this node serves, and with which epochs; outlives the seat.
  const std::shared_ptr<served_schedulers>& served() const { return served_; }
  /// Where what this node's schedulers write is durable for all nodes.
  const journal_actor& journal() const { return journal_; }

private:
  explicit cluster_seat(caf::actor_system& system);
  result<std::string> open_door(const cluster_config& config, const std::string& folder);

  caf::actor_system& system_;
  std::unique_ptr<peer_tunnel> tunnel_; ///< none: without TLS
  std::shared_ptr<cluster_context> context_;
  std::shared_ptr<served_schedulers> served_;
  cluster_store_actor store_;
  peer_connector_actor connector_;
  cluster_host_actor cluster_host_;
  room_host_actor host_; ///< the same
  cluster_prober_actor cluster_prober_;
  prober_actor prober_; ///< the same
  std::vector<cluster_store_actor> journal_stores_;
  shared_journal_actor shared_journal_;
  journal_actor journal_; ///< the same
  cluster_directory_actor cluster_;
  scheduler_directory_actor directory_; ///< the same
  peer_door_actor door_;
  std::uint16_t port_ = 0;
};

} // namespace maestro
