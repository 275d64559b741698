// The load client of every benchmark: many keep-alive connections driven by one thread with epoll, one request in
// flight on each, so that what is measured is the server. The same client for our doors and for the bare server.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

struct load_plan {
  std::uint16_t port = 0;
  std::vector<std::uint16_t> ports{}; ///< not empty: connections go to these in turn, and not to `port`
  int connections = 64;
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds time{3000};
  std::uint64_t most_requests = UINT64_MAX; ///< ends earlier when so many were answered
  /// The bytes of the next request of a connection.
  std::function<const std::string&(int connection)> next_request;
  /// Sees every answer; false counts as an error.
  std::function<bool(int connection, unsigned status, std::string_view body)> on_answer;
};

struct load_result {
  double requests_per_second = 0;
  std::chrono::microseconds p50{};
  std::chrono::microseconds p99{};
  std::chrono::microseconds longest{};
  std::uint64_t requests = 0; ///< counted: after the warm-up
  std::uint64_t answered = 0; ///< all, the warm-up's included
  std::uint64_t errors = 0;
};

/// One connection, one request each `interval`, whatever the answers take: what a single client waits while
/// other things go on. The plan's `time` bounds it.
load_result run_probe(const load_plan& plan, std::chrono::milliseconds interval);

/// Throws std::runtime_error when the server cannot be reached or closes a connection.
load_result run_load(const load_plan& plan);

} // namespace maestro
