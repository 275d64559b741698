// Who wants to know what the doors serve; the node implements it with its metrics (http_request_duration_seconds,
// http_response_size_bytes, http_requests_inflight). Called on the I/O threads, from several at once, twice for
// each request: implementations are thread-safe and quick, and throw nothing. Every text comes from a fixed, small
// set and lives as long as the process.
#pragma once

#include <cstddef>
#include <string_view>

namespace maestro {

class http_observer {
public:
  virtual ~http_observer() = default;

  /// `service` is management-api or rooms-api; `handler` the templated path, empty for unknown ones.
  virtual void request_started(std::string_view service, std::string_view handler) = 0;
  /// `method` is one of HTTP's, or `other`.
  virtual void request_finished(std::string_view service, std::string_view handler, std::string_view method,
                                unsigned code, double seconds, std::size_t response_bytes) = 0;
};

} // namespace maestro
