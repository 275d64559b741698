// The doors of a node: Management API and Rooms API, each over HTTP and gRPC, and the internal API, each on a port of
// its own. The node makes one
// after its actors and stops it before them. Rooms connections are served by threads of their own
// (`gateway_config::io_threads`), so that no listing of an operator delays a ping; management and internal have
// one thread each, so that neither a long list nor a long /metrics delays the other.
#pragma once

#include "messages/actors.hpp"
#include "messages/error.hpp"
#include "nodes/gateway/access_policy.hpp"
#include "nodes/gateway/gateway_config.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace caf {
class actor_system;
}

namespace maestro {

class metrics;

/// Where the doors are, also when the configuration left the choice to the system.
struct gateway_ports {
  std::uint16_t management = 0;
  std::uint16_t rooms = 0;
  std::uint16_t internal = 0;
  std::uint16_t management_grpc = 0; ///< 0: closed
  std::uint16_t rooms_grpc = 0;
};

class gateway {
public:
  /// `meter` is told of every request of operators and rooms, and is what /metrics shows.
  gateway(caf::actor_system& system, gateway_config config, scheduler_directory_actor directory,
          journal_actor journal, std::shared_ptr<metrics> meter,
          std::shared_ptr<const access_policy> policy = std::make_shared<anyone>());
  /// Stops without grace if `stop` was not called. The actor system must still be there.
  ~gateway();

  /// Opens the doors. A failure names the door, the address and the port; nothing stays open then.
  result<gateway_ports> start();
  /// Takes nothing new, finishes what is in flight within `shutdown_timeout`, cuts the rest. Blocks; may be called
  /// from any thread that is no actor's. Connections and gRPC calls that were cut are counted in the answer.
  std::size_t stop();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
