// What a door sees of HTTP: a request, and the place where its answer goes. Doors know nothing of sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace maestro {

class http_session;

/// Valid only while the door's `handle` runs.
struct http_request {
  std::string_view method; ///< as sent, e.g. `GET`
  std::string_view target; ///< as sent: path and query, still encoded
  std::string_view body;
  std::string_view content_type;    ///< empty when not given
  std::string_view method_override; ///< X-HTTP-Method-Override
};

/// Where one answer goes. Used on the I/O thread that called the door; the first `send` counts. An answer for a
/// connection that is gone is dropped.
class http_reply {
public:
  http_reply(std::shared_ptr<http_session> session, std::uint64_t number)
      : session_(std::move(session)), number_(number) {}

  /// The templated path for metrics; said before `send`, lives as long as the process.
  void handled_by(std::string_view handler) const;
  void send(unsigned status, std::string_view content_type, std::string_view body) const;
  void send_json(std::string_view body, unsigned status = 200) const { send(status, "application/json", body); }

private:
  std::shared_ptr<http_session> session_;
  std::uint64_t number_;
};

/// One of the node's APIs, on one I/O thread.
class http_door {
public:
  virtual ~http_door() = default;
  /// Name in metrics; empty for a door that is not counted.
  virtual std::string_view service() const = 0;
  virtual void handle(const http_request& request, http_reply reply) = 0;
};

} // namespace maestro
