// One client's connection, whatever carries its bytes (http_session<Stream>): reads requests, asks the access
// policy who speaks, hands them to its door, writes the answers in the order of the requests.
//
//   bytes ──> parser ──> policy ──> http_exchanges ──> door ──> answer ──> out ──> bytes
//              │                        reading pauses while the ring or `out` is full
//              └─ broken, too large, refused ──> last exchange with an error, then the connection ends
//
// Lives on one I/O thread; owned by its pending operations and replies. Writing is tried at once and waits for the
// stream only when it is full. A streamed answer is asked for its next piece when the last one has gone out, and
// between two pieces the thread serves others. The owner calls `check_deadline` now and then: idle connections,
// slow senders and slow readers are cut. What its buffers hold beyond a small share of its own comes out of the
// door's budget; where that is used up, the request is answered 503.
#pragma once

#include "nodes/gateway/access_policy.hpp"
#include "nodes/gateway/door_load.hpp"
#include "nodes/gateway/gateway_config.hpp"
#include "nodes/gateway/http_exchanges.hpp"
#include "nodes/gateway/http_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace maestro {

/// What the connections of one listener share. All of it outlives them.
struct http_service {
  const gateway_config& config;
  const door_limits& limits;
  door_load& load;
  const access_policy& policy;
  metrics* meter = nullptr; ///< null: nothing is counted
  const site_policy sites{config};
};

class http_conversation : public std::enable_shared_from_this<http_conversation> {
public:
  using clock = std::chrono::steady_clock;
  using executor = boost::asio::io_context::executor_type;
  using on_end = std::function<void(http_conversation*)>;

  http_conversation(executor where, const http_service& service, http_door& door, std::string peer, on_end ended);
  virtual ~http_conversation() = default;

  void start();
  /// Finish what is in flight, take nothing new.
  void drain();
  /// Close now.
  void abort() { close(); }
  void check_deadline(clock::time_point now);

  /// How little this connection would be missed: nothing while it is being answered.
  struct idleness {
    bool is_silent;          ///< it never sent a whole request
    clock::time_point since; ///< of its last bytes or answer
    bool operator<(const idleness& other) const {
      return is_silent != other.is_silent ? !is_silent : since > other.since;
    }
  };
  std::optional<idleness> idle() const;

  // For http_reply.
  void handled_by(std::uint64_t number, std::string_view handler) { exchanges_.handled_by(number, handler); }
  void answer(std::uint64_t number, unsigned status, std::string_view content_type, std::string_view body);
  void stream(std::uint64_t number, std::string_view content_type, std::unique_ptr<body_source> body);
  void resume();

protected:
  using error_code = boost::system::error_code;

  // What the stream does for us; it answers with on_read and on_writable, and holds us meanwhile.
  virtual void read_some(boost::asio::mutable_buffer into) = 0;
  /// As much as goes at once; would_block when nothing does.
  virtual std::size_t write_some(boost::asio::const_buffer from, error_code& error) = 0;
  virtual void wait_writable() = 0;
  virtual void finish_sending() = 0;
  virtual void close_stream() = 0;

  void on_read(error_code error, std::size_t size);
  void on_writable(error_code error);

private:
  enum class phase : std::uint8_t { open, closing, closed };

  bool is_full() const;
  std::size_t held_bytes() const;
  bool settle_budget();
  void read();
  void process();
  void dispatch_all();
  bool parse();
  void offer_continue();
  void dispatch();
  std::uint64_t open_exchange(http_exchanges::terms of);
  void refuse(error_code error);
  void refuse(unsigned status, int code, std::string_view text);
  bool is_last(std::uint64_t number) const { return is_draining_ && exchanges_.is_newest(number); }
  void flush();
  void flushed();
  void pump();
  void linger();
  void close();
  void set_deadline();

  executor where_;
  const gateway_config& config_;
  const door_limits& limits_;
  byte_budget& budget_;
  const access_policy& policy_;
  const site_policy& sites_;
  http_door& door_;
  call_context context_; ///< of the request at hand
  on_end ended_;

  boost::beast::flat_buffer in_;
  parsed_request request_;
  std::optional<http_parser> parser_;
  http_exchanges exchanges_;
  std::size_t written_ = 0; ///< of exchanges_.out
  std::size_t counted_ = 0; ///< bytes that we hold of the door's budget
  std::size_t next_read_;   ///< grows while the client sends as fast as we read

  phase phase_ = phase::open;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_processing_ = false;
  bool is_pump_posted_ = false;
  bool client_done_ = false; ///< it sent all it will send
  bool last_taken_ = false;  ///< no further request will be taken
  bool is_watching_ = false; ///< an answer without an end is under way: we read only to see the client leave
  bool is_draining_ = false;
  clock::time_point deadline_ = clock::time_point::max();
  bool has_spoken_ = false; ///< it sent a whole request
  clock::time_point idle_since_{};
  clock::time_point request_began_{};
  clock::time_point write_began_{}; ///< of what has not gone out yet; zero when all has
};

} // namespace maestro
