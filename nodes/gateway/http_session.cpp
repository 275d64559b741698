#include "nodes/gateway/http_session.hpp"

#include "messages/error.hpp"
#include "nodes/gateway/error_mapping.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace maestro {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_size = 4 * 1024;
constexpr std::size_t most_unwritten = 1024 * 1024;
constexpr std::chrono::seconds linger_time{2};

std::string_view reason_of(unsigned status) {
  switch (status) {
  case 200: return "OK";
  case 400: return "Bad Request";
  case 404: return "Not Found";
  case 409: return "Conflict";
  case 413: return "Request Entity Too Large";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "Status";
  }
}

/// The method as metrics know it: a fixed set, so that clients cannot invent label values.
std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 8> known{"GET",    "PUT",  "POST",    "PATCH",
                                                  "DELETE", "HEAD", "OPTIONS", "TRACE"};
  auto found = std::find(known.begin(), known.end(), method);
  return found == known.end() ? std::string_view("other") : *found;
}

} // namespace

void http_reply::handled_by(std::string_view handler) const {
  session_->handled_by(number_, handler);
}

void http_reply::send(unsigned status, std::string_view content_type, std::string_view body) const {
  session_->answer(number_, status, content_type, body);
}

http_session::http_session(tcp_socket socket, const gateway_config& config, http_door& door,
                           http_observer* observer, on_end ended)
    : socket_(std::move(socket)), config_(config), door_(door),
      observer_(door.service().empty() ? nullptr : observer), ended_(std::move(ended)),
      ring_(config.max_pipelined) {}

void http_session::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  set_deadline();
  read();
}

bool http_session::full() const {
  return next_ - first_ >= ring_.size() || out_.size() - written_ > most_unwritten;
}

void http_session::read() {
  if (reading_ || phase_ == phase::closed || client_done_ || (phase_ == phase::open && (full() || last_taken_)))
    return;
  reading_ = true;
  auto body_left = parser_ && parser_->is_header_done() ? parser_->content_length_remaining().value_or(0) : 0;
  auto wanted = std::clamp<std::uint64_t>(body_left, read_size, 16 * read_size);
  socket_.async_read_some(in_.prepare(static_cast<std::size_t>(wanted)),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                            self->reading_ = false;
                            self->on_read(error, size);
                          });
}

void http_session::on_read(boost::system::error_code error, std::size_t size) {
  if (phase_ == phase::closed)
    return;
  if (error && error != asio::error::eof)
    return close();
  if (phase_ == phase::closing) {
    in_.consume(in_.size());
    return error ? close() : read();
  }
  in_.commit(size);
  client_done_ = client_done_ || error == asio::error::eof;
  process();
}

void http_session::process() {
  processing_ = true;
  while (phase_ == phase::open && !reading_ && !full() && !last_taken_ && in_.size() > 0 && parse())
    dispatch();
  processing_ = false;
  if (parser_ && parser_->is_header_done() && request_.expects_continue)
    offer_continue();
  if (phase_ != phase::open)
    return;
  flush();
  if (phase_ != phase::open)
    return;
  if (client_done_ && !last_taken_ && !full())
    last_taken_ = true; // what is left of its bytes is no whole request
  if (last_taken_ && first_ == next_ && out_.empty())
    return linger();
  set_deadline();
  read();
}

/// True when a whole request stands in request_.
bool http_session::parse() {
  if (!parser_) {
    request_.clear();
    parser_.emplace(request_);
    parser_->header_limit(config_.max_header_bytes);
    parser_->body_limit(config_.max_body_bytes);
    request_began_ = clock::now();
  }
  while (!parser_->is_done() && in_.size() > 0) {
    boost::system::error_code error;
    auto used = parser_->put(in_.data(), error);
    in_.consume(used);
    if (error == http::error::need_more)
      break;
    if (error) {
      refuse(error);
      return false;
    }
  }
  return parser_->is_done();
}

/// Once the answers before it are on their way.
void http_session::offer_continue() {
  if (first_ != next_)
    return;
  request_.expects_continue = false;
  out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void http_session::dispatch() {
  auto number = open_exchange(parser_->keep_alive() && !draining_);
  auto& opened = at(number);
  opened.version = request_.version;
  opened.method = known_method(request_.method);
  opened.head = request_.method == "HEAD";
  parser_.reset();
  door_.handle({request_.method, request_.target, request_.body, request_.content_type, request_.method_override},
               {shared_from_this(), number});
}

std::uint64_t http_session::open_exchange(bool keep_alive) {
  auto number = next_++;
  auto& opened = at(number);
  auto kept = std::move(opened.response);
  kept.clear();
  opened = exchange();
  opened.response = std::move(kept);
  opened.keep_alive = keep_alive;
  opened.started = clock::now();
  last_taken_ = last_taken_ || !keep_alive;
  return number;
}

/// Bytes that are no HTTP get what Go's server answers; limits get an error that names them.
void http_session::refuse(boost::system::error_code error) {
  parser_.reset();
  in_.consume(in_.size());
  auto number = open_exchange(false);
  at(number).method = known_method(request_.method);
  if (error == http::error::body_limit)
    answer(
        number, 413, "application/json",
        error_body(3, fmt::format("request body is larger than the limit of {} bytes", config_.max_body_bytes)));
  else if (error == http::error::header_limit)
    answer(number, 431, "application/json",
           error_body(
               3, fmt::format("request header is larger than the limit of {} bytes", config_.max_header_bytes)));
  else
    answer(number, 400, "text/plain; charset=utf-8", "400 Bad Request");
}

void http_session::handled_by(std::uint64_t number, std::string_view handler) {
  auto& opened = at(number);
  opened.handler = handler;
  opened.begun = true;
  if (observer_ != nullptr)
    observer_->request_started(door_.service(), handler);
}

void http_session::answer(std::uint64_t number, unsigned status, std::string_view content_type,
                          std::string_view body) {
  if (number < first_ || number >= next_ || at(number).answered)
    return;
  auto& opened = at(number);
  opened.answered = true;
  finish(opened, status, body.size());
  if (phase_ != phase::open)
    return;
  auto& text = number == first_ ? out_ : opened.response;
  auto put = std::back_inserter(text);
  if (status == 200 && opened.version == 11)
    text += "HTTP/1.1 200 OK\r\nContent-Type: ";
  else
    fmt::format_to(put, "HTTP/1.{} {} {}\r\nContent-Type: ", opened.version == 10 ? 0 : 1, status,
                   reason_of(status));
  text += content_type;
  fmt::format_to(put, "\r\nContent-Length: {}\r\n", body.size());
  if (!opened.keep_alive || (draining_ && number + 1 == next_))
    text += "Connection: close\r\n";
  else if (opened.version == 10)
    text += "Connection: keep-alive\r\n";
  text += "\r\n";
  if (!opened.head)
    text += body;
  collect();
  if (!processing_)
    process();
}

void http_session::finish(exchange& done, unsigned status, std::size_t bytes) {
  if (observer_ == nullptr)
    return;
  if (!done.begun)
    observer_->request_started(door_.service(), {});
  std::chrono::duration<double> took = clock::now() - done.started;
  observer_->request_finished(door_.service(), done.handler, done.method, status, took.count(), bytes);
}

/// Moves answers to `out` as far as they are complete in order.
void http_session::collect() {
  while (first_ != next_ && at(first_).answered) {
    out_ += at(first_).response;
    at(first_).response.clear();
    ++first_;
  }
}

void http_session::flush() {
  if (writing_ || out_.empty() || phase_ == phase::closed)
    return;
  while (written_ < out_.size()) {
    boost::system::error_code error;
    written_ += socket_.write_some(asio::buffer(out_.data() + written_, out_.size() - written_), error);
    if (error == asio::error::would_block)
      return wait_writable();
    if (error)
      return close();
  }
  flushed();
}

void http_session::flushed() {
  constexpr std::size_t kept = 64 * 1024;
  out_.clear();
  written_ = 0;
  write_began_ = {};
  if (out_.capacity() > kept)
    out_.shrink_to_fit();
}

void http_session::wait_writable() {
  writing_ = true;
  if (write_began_ == clock::time_point{})
    write_began_ = clock::now();
  set_deadline();
  socket_.async_wait(tcp_socket::wait_write, [self = shared_from_this()](boost::system::error_code error) {
    self->writing_ = false;
    if (self->phase_ == phase::closed)
      return;
    if (error)
      return self->close();
    self->flush();
    if (!self->writing_)
      self->process();
  });
}

/// The last answer is written: tell the client, and read what it still sends so that no reset destroys the answer.
void http_session::linger() {
  if (client_done_)
    return close();
  phase_ = phase::closing;
  boost::system::error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  deadline_ = clock::now() + linger_time;
  read();
}

void http_session::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  ended_(this);
}

void http_session::drain() {
  draining_ = true;
  if (phase_ != phase::open)
    return;
  bool idle = first_ == next_ && out_.empty() && !parser_ && in_.size() == 0;
  if (idle)
    return close();
  if (!parser_ && in_.size() == 0)
    last_taken_ = true;
}

void http_session::abort() {
  close();
}

void http_session::set_deadline() {
  if (writing_)
    deadline_ = write_began_ + config_.write_timeout;
  else if (parser_)
    deadline_ = request_began_ + config_.read_timeout;
  else if (first_ != next_)
    deadline_ = clock::time_point::max(); // the actors' answer has a deadline of its own
  else
    deadline_ = clock::now() + config_.idle_timeout;
}

void http_session::check_deadline(clock::time_point now) {
  if (now >= deadline_)
    close();
}

} // namespace maestro
