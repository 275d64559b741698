// One question to one game server, from the first byte to an outcome: over UDP, over TCP, or what else a runtime has (a
// command, a log). All of them live on the one thread of a probe_loop, none waits for anything, each says once what came of
// it and is gone. The bounds: so much time, so many bytes, so many datagrams, whatever comes back.
//
// Each has a socket of its own, for as long as it takes: only the asked address is heard, and who floods it floods nobody
// else's.
#pragma once

#include "messages/time.hpp"
#include "runtime/probing/probe_reading.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace maestro::probing {

struct outcome {
  enum class kind : std::uint8_t {
    answered,
    missed,        ///< it may be hung, or gone
    could_not_look ///< that is our own trouble: no socket left, say
  };
  kind what = kind::missed;
  std::optional<std::int64_t> players{};
  std::string problem{};
};

using take_outcome = std::function<void(outcome)>;

/// What is said and how the answer is read.
struct conversation {
  std::string question; ///< of a stream it may be empty: the server speaks first
  /// Of one datagram, or of all that came so far; none: that it takes the connection is answer enough.
  std::function<probe_reading(std::string_view)> read;
  std::size_t bytes_max = 0; ///< of a stream
};

struct server_address {
  std::string host; ///< a numeric address
  std::uint16_t port = 0;
};

void ask_over_udp(boost::asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take);
void ask_over_tcp(boost::asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take);

/// Whether it says something of this machine rather than of who was asked.
bool is_our_trouble(const boost::system::error_code& error);

} // namespace maestro::probing
