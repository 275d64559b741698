// What lies between simulated nodes, each of which is an actor system of its own: connections that carry messages in order
// and late, are refused where nobody listens, are silent where a machine is frozen or a way is cut, and break when nothing
// was heard for a while. Cuts are of one direction. What had already arrived at a frozen process is read when it wakes,
// also from a connection that is long broken for the other side.
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/time.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>

namespace maestro::simulation {

class simulated_network {
public:
  /// `random` draws latencies; it must outlive the network.
  explicit simulated_network(std::mt19937_64& random);
  ~simulated_network();
  simulated_network(const simulated_network&) = delete;
  simulated_network& operator=(const simulated_network&) = delete;

  /// A process begins to listen. `address` is its machine, too.
  void open(const std::string& address, caf::actor_system& system, const peer_door_actor& door);
  /// The process is gone, as abruptly as it gets; to be called before its actor system ends.
  void end(const std::string& address);
  peer_connector_actor spawn_connector(caf::actor_system& system, const std::string& address);

  /// Whether what is sent there arrives.
  void set_cut(const std::string& from, const std::string& to, bool is_cut);
  /// A frozen process reads nothing and says nothing.
  void set_frozen(const std::string& address, bool is_frozen);

  /// Everything that is due by now arrives, breaks or is refused. Called with times that never go back.
  void advance(timestamp now);

  /// For the connectors and the ends of connections.
  struct parts;
  parts& inside() { return *parts_; }

private:
  std::unique_ptr<parts> parts_;
};

} // namespace maestro::simulation
