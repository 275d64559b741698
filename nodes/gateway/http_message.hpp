// What a door sees of HTTP: a request, and the place where its answer goes. Doors know nothing of sockets.
#pragma once

#include "nodes/gateway/call_context.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace maestro {

class http_conversation;
class http_reply;

/// Valid only while the door's `handle` runs.
struct http_request {
  std::string_view method; ///< as sent, e.g. `GET`
  std::string_view target; ///< as sent: path and query, still encoded
  std::string_view body;
  std::string_view content_type;    ///< empty when not given
  std::string_view method_override; ///< X-HTTP-Method-Override
  const call_context& context;      ///< who speaks, and from where
};

/// A body that is made piece by piece, for answers too long to be held whole or without an end. Owned by its
/// connection, used on its thread, destroyed when it ended, broke, or the client left: then nothing it still waits
/// for may touch it.
class body_source {
public:
  enum class state : std::uint8_t {
    piece, ///< something was appended; ask again once it is written
    later, ///< nothing yet; `resume` will be called on the reply that was handed over
    end,   ///< what was appended, if anything, is the last of it
    broken ///< the answer cannot be finished: the connection is cut, so that the client sees that it is not whole
  };
  virtual ~body_source() = default;
  /// It may wait for ever for something to tell. Then the client's end of sending is taken for its leaving, and nothing
  /// it sends after its request is read.
  virtual bool is_endless() const { return false; }
  /// Appends the next piece, about `wanted` bytes. Asked when all before it went out to the socket.
  virtual state next(std::string& out, std::size_t wanted, const http_reply& self) = 0;
};

/// Where one answer goes. Used on the I/O thread that called the door; the first `send` or `stream` counts. An
/// answer for a connection that is gone is dropped.
class http_reply {
public:
  http_reply(std::shared_ptr<http_conversation> with, std::uint64_t number)
      : with_(std::move(with)), number_(number) {}

  /// The templated path for metrics; said before `send`, lives as long as the process.
  void handled_by(std::string_view handler) const;
  void send(unsigned status, std::string_view content_type, std::string_view body) const;
  void send_json(std::string_view body, unsigned status = 200) const { send(status, "application/json", body); }
  /// Answers 200 with a body of unknown length.
  void stream(std::string_view content_type, std::unique_ptr<body_source> body) const;
  /// The body that answered `later` has something now.
  void resume() const;

private:
  std::shared_ptr<http_conversation> with_;
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
