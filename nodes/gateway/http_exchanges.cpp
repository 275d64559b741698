#include "nodes/gateway/http_exchanges.hpp"

#include "actors/metrics.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <iterator>

namespace maestro {

namespace {

constexpr std::size_t slot_bytes = 1024; ///< what a place in the ring keeps for its next answer

std::string_view reason_of(unsigned status) {
  auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {reason.data(), reason.size()};
}

} // namespace

std::uint64_t http_exchanges::open(const terms& of) {
  auto number = next_++;
  auto& opened = at(number);
  auto kept = std::move(opened.response);
  kept.clear();
  opened = exchange();
  opened.response = std::move(kept); // the room that its text took
  opened.of = of;
  opened.started = clock::now();
  return number;
}

void http_exchanges::handled_by(std::uint64_t number, std::string_view handler) {
  auto& opened = at(number);
  opened.handler = handler;
  opened.begun = true;
  if (meter_ != nullptr)
    meter_->http_started(service_, handler);
}

bool http_exchanges::is_waited_for(std::uint64_t number) {
  return number >= first_ && number < next_ && !at(number).answered && !at(number).body;
}

bool http_exchanges::answer(std::uint64_t number, unsigned status, std::string_view content_type,
                            std::string_view body, bool last) {
  if (!is_waited_for(number))
    return false;
  auto& opened = at(number);
  opened.answered = true;
  finish(opened, status, body.size());
  if (is_abandoned_)
    return true;
  auto& text = number == first_ ? out : opened.response;
  append_head(text, opened, status, content_type);
  fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", body.size());
  append_connection(text, opened, last);
  if (!opened.of.head)
    text += body;
  kept_bytes_ += opened.response.size();
  collect();
  return true;
}

// Before HTTP/1.1 there are no chunks: the end of the connection is the end of the body.
bool http_exchanges::stream(std::uint64_t number, std::string_view content_type, std::unique_ptr<body_source> body,
                            bool last) {
  if (!is_waited_for(number))
    return false;
  auto& opened = at(number);
  if (opened.of.head || is_abandoned_) {
    opened.answered = true;
    finish(opened, 200, 0);
  }
  if (is_abandoned_)
    return true;
  opened.chunked = opened.of.version == 11;
  auto& text = number == first_ ? out : opened.response;
  append_head(text, opened, 200, content_type);
  if (opened.chunked)
    text += "Transfer-Encoding: chunked\r\n";
  else
    opened.of.keep_alive = false;
  append_connection(text, opened, last);
  if (!opened.of.head)
    opened.body = std::move(body);
  kept_bytes_ += opened.response.size();
  collect();
  return true;
}

bool http_exchanges::is_streaming() const {
  return first_ != next_ && at(first_).body != nullptr;
}

body_source::state http_exchanges::next_piece(std::size_t wanted, const http_reply& self) {
  auto& opened = at(first_);
  piece_.clear();
  auto state = opened.body->next(piece_, wanted, self);
  if (state == body_source::state::broken)
    return state;
  if (!piece_.empty())
    append_piece(opened);
  if (state != body_source::state::end)
    return state;
  if (opened.chunked)
    out += "0\r\n\r\n";
  else
    is_over_ = true;
  opened.body.reset();
  opened.answered = true;
  finish(opened, 200, opened.streamed);
  collect();
  return state;
}

void http_exchanges::append_piece(exchange& of) {
  if (of.chunked)
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece_.size());
  out += piece_;
  if (of.chunked)
    out += "\r\n";
  of.streamed += piece_.size();
}

void http_exchanges::abandon() {
  is_abandoned_ = true;
  std::string().swap(out);
  std::string().swap(piece_);
  for (auto number = first_; number != next_; ++number) {
    auto& opened = at(number);
    if (!opened.body)
      continue;
    opened.body.reset();
    opened.answered = true;
    finish(opened, 200, opened.streamed);
  }
}

void http_exchanges::append_head(std::string& to, const exchange& of, unsigned status,
                                 std::string_view content_type) const {
  if (status == 200 && of.of.version == 11)
    to += "HTTP/1.1 200 OK\r\nContent-Type: ";
  else
    fmt::format_to(std::back_inserter(to), "HTTP/1.{} {} {}\r\nContent-Type: ", of.of.version == 10 ? 0 : 1,
                   status, reason_of(status));
  to += content_type;
  to += "\r\n";
  if (status == 429 || status == 503)
    to += "Retry-After: 1\r\n";
}

void http_exchanges::append_connection(std::string& to, const exchange& of, bool last) {
  if (!of.of.keep_alive || last)
    to += "Connection: close\r\n";
  else if (of.of.version == 10)
    to += "Connection: keep-alive\r\n";
  to += "\r\n";
}

void http_exchanges::finish(exchange& done, unsigned status, std::size_t bytes) {
  if (meter_ == nullptr)
    return;
  if (!done.begun)
    meter_->http_started(service_, {});
  meter_->http_finished(
      {service_, done.handler, done.of.method, static_cast<int>(status), clock::now() - done.started, bytes});
}

/// Moves answers to `out` as far as they are complete in order, and the head of a stream that is in line now.
void http_exchanges::collect() {
  while (first_ != next_ && !is_over_) {
    auto& oldest = at(first_);
    if (!oldest.answered && !oldest.body)
      return;
    out += oldest.response;
    kept_bytes_ -= oldest.response.size();
    oldest.response.clear();
    if (oldest.response.capacity() > slot_bytes)
      oldest.response.shrink_to_fit();
    if (oldest.body)
      return;
    ++first_;
  }
}

} // namespace maestro
