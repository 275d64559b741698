// What the doors of a node are told at start: where they listen and how much of anything one client may use. Plain
// data; nodes/config fills it from file and environment, tests set it directly. Every duration and every count is
// positive; an HTTP port of 0 asks the system for a free one.
#pragma once

#include "nodes/gateway/recipe_bounds.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

inline constexpr std::uint64_t kibibyte = 1024;
inline constexpr std::uint64_t mebibyte = 1024 * kibibyte;

/// What the connections of one door may use together, and one of them alone. Doors share none of it, so that
/// whoever uses one of them up leaves the others as they are.
struct door_limits {
  std::uint32_t connections;   ///< beyond, the one that has been idle longest makes room, or the new one is closed
  std::uint64_t body_bytes;    ///< larger bodies are answered 413
  std::uint64_t buffer_bytes;  ///< bodies that are not whole and answers that are not read; more are answered 503
  std::uint32_t in_flight = 1; ///< requests of one connection that wait for their answers; then reading pauses
};

/// What the calls of one gRPC door may use together.
struct grpc_limits {
  std::uint32_t calls;         ///< under way; more are answered RESOURCE_EXHAUSTED
  std::uint64_t message_bytes; ///< longer requests are answered RESOURCE_EXHAUSTED
  std::uint64_t
      buffer_bytes; ///< memory of gRPC for all connections; beyond, it closes idle ones and takes no new ones
};

struct gateway_config {
  /// Numeric address that all doors listen on.
  std::string bind_address = "127.0.0.1";
  std::uint16_t management_port = 8080;
  std::uint16_t rooms_port = 8070;
  std::uint16_t internal_port = 8081;
  std::uint16_t management_grpc_port = 8082; ///< gRPC doors: 0 is closed
  std::uint16_t rooms_grpc_port = 8072;
  /// Names that clients may call this node by, besides loopback's and its own; `*.example.org` for all below.
  std::vector<std::string> hosts;
  std::vector<std::string> own_hosts; ///< what the node itself tells its rooms and clients
  std::vector<std::string> origins;   ///< of web pages that may ask, like `https://console.example.org`
  bool serve_management = true;       ///< false: the node has not this role, the door stays closed
  bool serve_rooms = true;

  /// I/O threads, each with a bridge of its own to the actors. One is best up to four cores.
  std::uint32_t io_threads = 1;

  door_limits management{512, 4 * mebibyte, 128 * mebibyte};
  door_limits rooms{10'000, 256 * kibibyte, 64 * mebibyte, 16};
  door_limits internal{64, 16 * kibibyte, 16 * mebibyte};
  grpc_limits management_grpc{512, 4 * mebibyte, 128 * mebibyte};
  grpc_limits rooms_grpc{10'000, 256 * kibibyte, 128 * mebibyte};
  recipe_bounds recipes;
  std::uint32_t max_header_bytes = 16 * 1024; ///< larger headers, chunk extensions and trailers are answered 431
  /// Requests of all connections of one thread that wait for actors; more are answered 503.
  std::uint32_t max_in_flight = 10000;
  /// Rooms whose place the rooms door remembers, of all its threads together; others cost one more question.
  std::uint64_t room_cache_size = 2'000'000;

  std::chrono::milliseconds idle_timeout{75000};     ///< a keep-alive connection without a request is closed
  std::chrono::milliseconds read_timeout{10000};     ///< for one whole request, from its first byte
  std::chrono::milliseconds write_timeout{10000};    ///< for one whole answer
  std::chrono::milliseconds request_timeout{10000};  ///< for the actors' answer; then 504
  std::chrono::milliseconds shutdown_timeout{30000}; ///< api.gracefulShutdownTimeout
};

} // namespace maestro
