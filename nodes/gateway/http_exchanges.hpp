// The requests of one connection that are under way, and their answers in the order of the requests.
//
//   open ──> exchange (ring of at most max_pipelined) ──answer──> out     first in line: straight to `out`
//                │                                    └─answer──> kept until all before it are in `out`
//                └─stream──> body_source, asked for a piece whenever it is first in line and `out` is empty
//
// Knows how an answer's head is written and what metrics hear of it; knows no socket. Used by http_conversation.
#pragma once

#include "nodes/gateway/http_message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

class metrics;

class http_exchanges {
public:
  using clock = std::chrono::steady_clock;

  /// What of a request decides how it is answered.
  struct terms {
    std::string_view method; ///< for metrics: lives as long as the process
    int version = 11;
    bool head = false;
    bool keep_alive = true;
  };

  /// `meter` may be null: nothing is counted.
  http_exchanges(std::size_t most, std::string_view service, metrics* meter)
      : ring_(most), service_(service), meter_(meter) {}

  std::uint64_t open(const terms& of);
  void handled_by(std::uint64_t number, std::string_view handler);
  /// False when nobody waits for it. `last`: no request after it is taken, and the client is told so.
  bool answer(std::uint64_t number, unsigned status, std::string_view content_type, std::string_view body,
              bool last);
  bool stream(std::uint64_t number, std::string_view content_type, std::unique_ptr<body_source> body, bool last);

  bool is_full() const { return next_ - first_ >= ring_.size(); }
  bool is_empty() const { return first_ == next_; }
  bool is_newest(std::uint64_t number) const { return number + 1 == next_; }
  /// The answer in line is a stream that has not ended.
  bool is_streaming() const;
  /// The last body ended with the connection: nothing may follow it.
  bool is_over() const { return is_over_; }
  std::uint64_t first() const { return first_; }
  /// Bytes of answers that have not gone out, and of memory kept for them.
  std::size_t waiting_bytes() const { return out.size() + kept_bytes_; }
  std::size_t held_bytes() const { return out.capacity() + kept_bytes_ + piece_.capacity(); }
  /// Puts the next piece of the stream in line into `out`.
  body_source::state next_piece(std::size_t wanted, const http_reply& self);
  /// The connection is gone: streams end, later answers are only counted.
  void abandon();

  std::string out; ///< for the client; whoever writes it clears it

private:
  struct exchange {
    std::string response; ///< of one that is not first in line
    std::unique_ptr<body_source> body;
    std::string_view handler;
    terms of;
    clock::time_point started;
    std::uint64_t streamed = 0;
    bool begun = false;
    bool answered = false; ///< the response is complete
    bool chunked = false;
  };

  exchange& at(std::uint64_t number) { return ring_[number % ring_.size()]; }
  const exchange& at(std::uint64_t number) const { return ring_[number % ring_.size()]; }
  bool is_waited_for(std::uint64_t number);
  void append_head(std::string& to, const exchange& of, unsigned status, std::string_view content_type) const;
  static void append_connection(std::string& to, const exchange& of, bool last);
  void append_piece(exchange& of);
  void finish(exchange& done, unsigned status, std::size_t bytes);
  void collect();

  std::vector<exchange> ring_;
  std::string_view service_;
  metrics* meter_;
  std::string piece_;
  std::size_t kept_bytes_ = 0; ///< of responses that are not first in line
  std::uint64_t first_ = 0;    ///< oldest exchange whose answer is not wholly in `out`
  std::uint64_t next_ = 0;
  bool is_abandoned_ = false;
  bool is_over_ = false;
};

} // namespace maestro
