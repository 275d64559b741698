// One client's connection: reads requests, hands them to its door, writes the answers in the order of the
// requests.
//
//   bytes ──> parser ──> exchange (ring of at most max_pipelined) ──> door ──> answer ──> out ──> bytes
//              │                        reading pauses while the ring or `out` is full
//              └─ broken, too large ──> last exchange with an error, then the connection ends
//
// Lives on one I/O thread; owned by its pending operations and replies. Writing is tried at once and waits for the
// socket only when it is full. The owner calls `check_deadline` now and then: idle connections, slow senders and
// slow readers are cut.
#pragma once

#include "nodes/gateway/gateway_config.hpp"
#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/http_observer.hpp"
#include "nodes/gateway/http_parser.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class http_session : public std::enable_shared_from_this<http_session> {
public:
  using clock = std::chrono::steady_clock;
  using on_end = std::function<void(http_session*)>;

  http_session(tcp_socket socket, const gateway_config& config, http_door& door, http_observer* observer,
               on_end ended);

  void start();
  /// Finish what is in flight, take nothing new.
  void drain();
  /// Close now.
  void abort();
  void check_deadline(clock::time_point now);

  // For http_reply.
  void handled_by(std::uint64_t number, std::string_view handler);
  void answer(std::uint64_t number, unsigned status, std::string_view content_type, std::string_view body);

private:
  struct exchange {
    std::string response; ///< complete once `answered`
    std::string_view handler;
    std::string_view method; ///< for metrics
    clock::time_point started;
    int version = 11;
    bool begun = false;
    bool answered = false;
    bool head = false;
    bool keep_alive = true;
  };
  enum class phase : std::uint8_t { open, closing, closed };

  exchange& at(std::uint64_t number) { return ring_[number % ring_.size()]; }
  bool full() const;
  void read();
  void on_read(boost::system::error_code error, std::size_t size);
  void process();
  bool parse();
  void offer_continue();
  void dispatch();
  std::uint64_t open_exchange(bool keep_alive);
  void refuse(boost::system::error_code error);
  void finish(exchange& done, unsigned status, std::size_t bytes);
  void collect();
  void flush();
  void flushed();
  void wait_writable();
  void linger();
  void close();
  void set_deadline();

  tcp_socket socket_;
  const gateway_config& config_;
  http_door& door_;
  http_observer* observer_;
  on_end ended_;

  boost::beast::flat_buffer in_;
  parsed_request request_;
  std::optional<http_parser> parser_;
  std::vector<exchange> ring_;
  std::uint64_t first_ = 0; ///< oldest exchange not yet written
  std::uint64_t next_ = 0;
  std::string out_;
  std::size_t written_ = 0;

  phase phase_ = phase::open;
  bool reading_ = false;
  bool writing_ = false;
  bool processing_ = false;
  bool client_done_ = false; ///< it sent all it will send
  bool last_taken_ = false;  ///< no further request will be taken
  bool draining_ = false;
  clock::time_point deadline_ = clock::time_point::max();
  clock::time_point request_began_{};
  clock::time_point write_began_{}; ///< of what has not gone out yet; zero when all has
};

} // namespace maestro
