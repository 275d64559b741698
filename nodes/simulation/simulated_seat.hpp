// A simulated node's seat in its cluster: the real actors of one (nodes/cluster/cluster_seat) on a simulated store and a
// simulated network.
#pragma once

#include "actors/cluster/cluster_context.hpp"
#include "actors/host_board.hpp"
#include "messages/shared_journal_actor.hpp"
#include "nodes/simulation/simulated_network.hpp"
#include "nodes/simulation/simulated_store.hpp"
#include "nodes/simulation/store_line.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <random>
#include <vector>

namespace maestro::simulation {

/// Of one node, for all its lives.
struct cluster_place {
  std::shared_ptr<simulated_agreement> agreement;
  std::shared_ptr<simulated_network> network;
  std::shared_ptr<store_trouble> trouble = std::make_shared<store_trouble>();
  cluster_member self{}; ///< its address is its place in the network
  cluster_settings settings{};
  /// Of its stores, of which the first has the lease; of this life.
  std::vector<simulated_agreement::holder> holders{};
  /// That had the lease in earlier lives, and whose late words may still write with it.
  std::vector<simulated_agreement::holder> former{};
};

/// What the seat needs of its node.
struct simulated_seat_ports {
  journal_actor copy;
  room_host_actor host;
  prober_actor prober;
  runtime_events_actor host_events;
  runtime_events_actor events;
  node_clock clock;
};

class simulated_seat {
public:
  /// `place` and `random` outlive it.
  simulated_seat(caf::actor_system& system, cluster_place& place, const simulated_seat_ports& ports,
                 std::mt19937_64& random);
  /// This node joins, with the schedulers of `local`.
  void begin(const local_directory_actor& local);
  /// The process is gone: nothing of it reaches the others or the store any more, and its actors end.
  void end();

  const scheduler_directory_actor& directory() const { return directory_; }
  const room_host_actor& host() const { return host_; }
  const journal_actor& journal() const { return journal_; }
  const prober_actor& prober() const { return prober_; }
  std::shared_ptr<host_board> hosts() const { return hosts_; }

private:
  cluster_store_actor open_store();

  caf::actor_system& system_;
  cluster_place& place_;
  std::mt19937_64& random_;
  std::shared_ptr<cluster_context> context_ = std::make_shared<cluster_context>();
  std::shared_ptr<host_board> hosts_ = std::make_shared<host_board>();
  std::vector<cluster_store_actor> stores_;
  peer_connector_actor connector_;
  peer_door_actor door_;
  cluster_host_actor cluster_host_;
  room_host_actor host_; ///< the same
  cluster_prober_actor cluster_prober_;
  prober_actor prober_; ///< the same
  shared_journal_actor shared_journal_;
  journal_actor journal_; ///< the same
  cluster_directory_actor cluster_;
  scheduler_directory_actor directory_; ///< the same
};

/// At once, before anything that waits in the mailbox.
void end_abruptly(const caf::strong_actor_ptr& whom);

} // namespace maestro::simulation
