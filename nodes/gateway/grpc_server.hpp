// A door that speaks gRPC: one server, and for each of its threads one completion queue, one bridge to the actors and
// one table over the services (grpc_api). The thread waits for the queue, or rests; what actors answer rings an alarm in
// that queue, so that a call crosses threads only on its way to its actor and back.
//
//   free ──> listening (taken by gRPC) ──call──> served ──answer──> answered ──sent, or cut──> free
//                                                   └──client left, its time is over──> free
//
// Always so many places of each rpc listen. Calls beyond the door's limit are answered RESOURCE_EXHAUSTED; a place
// is free again when its call is over, whether or not its actor ever answers. What a client does not take within the
// write timeout is cut. gRPC bounds messages, metadata, streams of one connection and memory of all; connections that
// are idle end. Reflection is gRPC's own, with one thread.
// Called by the gateway only.
#pragma once

#include "messages/error.hpp"
#include "nodes/gateway/access_policy.hpp"
#include "nodes/gateway/gateway_config.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace caf {
class actor_system;
}

namespace maestro {

class actor_bridge;
class grpc_api;
class metrics;

/// All of it outlives the server.
struct grpc_door {
  std::string name; ///< in messages
  const gateway_config& config;
  const grpc_limits& limits;
  const access_policy& policy;
  metrics* meter;
  std::uint32_t threads = 1;
  /// How long at most a thread that has had nothing to do looks away from its queue; zero: never. For a door beside
  /// one that is busier: all that wait for a queue take turns at the process's sockets, and a turn changes threads.
  std::chrono::milliseconds rest{0};
};

class grpc_server {
public:
  /// The table of one thread.
  using api_maker = std::function<std::unique_ptr<grpc_api>(boost::asio::io_context&, actor_bridge&)>;

  grpc_server(caf::actor_system& system, grpc_door door, const api_maker& make);
  ~grpc_server();
  grpc_server(const grpc_server&) = delete;
  grpc_server& operator=(const grpc_server&) = delete;

  /// Listens. A failure names the door, the address and the port.
  result<done> open(std::uint16_t port);
  /// Answers.
  void run(const std::string& thread_name);
  /// Takes no new calls, lets those under way finish, cuts them after `until` and tells how many. Blocks.
  std::size_t stop(std::chrono::steady_clock::time_point until);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
