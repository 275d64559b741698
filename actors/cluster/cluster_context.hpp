// What the actors of a cluster are spawned with: the ports, who this node is, and the numbers to obey. Shared,
// immutable, made once by the node or a test.
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace maestro {

class host_board;
class metrics;
class served_schedulers;

struct cluster_context {
  cluster_store_actor store;
  peer_connector_actor connector;
  local_directory_actor local;
  journal_actor journal;            ///< to see which schedulers there are
  room_host_actor host;             ///< this machine's
  runtime_events_actor host_events; ///< what it publishes
  runtime_events_actor events;      ///< where schedulers of this node hear of their instances, wherever those are
  std::vector<peer_follower_actor> followers{}; ///< who is told of the neighbours
  std::shared_ptr<served_schedulers> served;
  std::shared_ptr<metrics> meter{}; ///< none: nothing is counted
  /// Every node has what the others have written: a scheduler can be served by any of them.
  bool moves_schedulers = false;
  node_clock clock;
  std::string cluster; ///< its name; nodes of another one are refused
  cluster_member self;
  cluster_settings settings;
  journal_actor
      copy{}; ///< this node's own, where the cluster shares its journal: what neighbours take over from it
  std::shared_ptr<host_board> hosts{};     ///< none: what rooms request is not told
  cluster_prober_actor prober{};           ///< none: rooms are asked from their owner's machine
  std::function<copying_view()> copying{}; ///< none: nothing is known of it
};
using cluster_context_ptr = std::shared_ptr<const cluster_context>;

} // namespace maestro
