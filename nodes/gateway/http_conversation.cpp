#include "nodes/gateway/http_conversation.hpp"

#include "messages/text.hpp"
#include "nodes/gateway/error_mapping.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_size = 4 * 1024;
constexpr std::size_t most_unwritten = 1024 * 1024;
constexpr std::size_t piece_size = 64 * 1024;
constexpr std::chrono::seconds linger_time{2};

} // namespace

void http_reply::handled_by(std::string_view handler) const {
  with_->handled_by(number_, handler);
}

void http_reply::send(unsigned status, std::string_view content_type, std::string_view body) const {
  with_->answer(number_, status, content_type, body);
}

void http_reply::stream(std::string_view content_type, std::unique_ptr<body_source> body) const {
  with_->stream(number_, content_type, std::move(body));
}

void http_reply::resume() const {
  with_->resume();
}

http_conversation::http_conversation(executor where, const http_service& service, http_door& door,
                                     std::string peer, on_end ended)
    : where_(where), config_(service.config), policy_(service.policy), sites_(service.sites),
      door_(door), context_{std::move(peer), {}, {}}, ended_(std::move(ended)),
      exchanges_(service.config.max_pipelined, door.service(), door.service().empty() ? nullptr : service.meter) {}

void http_conversation::start() {
  set_deadline();
  read();
}

bool http_conversation::is_full() const {
  return exchanges_.is_full() || exchanges_.out.size() - written_ > most_unwritten;
}

// -- in -------------------------------------------------------------------------------------------------------

void http_conversation::read() {
  if (is_reading_ || phase_ == phase::closed || client_done_ ||
      (phase_ == phase::open && (is_full() || last_taken_)))
    return;
  is_reading_ = true;
  auto body_left = parser_ && parser_->is_header_done() ? parser_->content_length_remaining().value_or(0) : 0;
  auto wanted = std::clamp<std::uint64_t>(body_left, read_size, 16 * read_size);
  read_some(in_.prepare(static_cast<std::size_t>(wanted)));
}

void http_conversation::on_read(error_code error, std::size_t size) {
  is_reading_ = false;
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

void http_conversation::process() {
  is_processing_ = true;
  while (phase_ == phase::open && !is_reading_ && !is_full() && !last_taken_ && in_.size() > 0 && parse())
    dispatch();
  is_processing_ = false;
  if (parser_ && parser_->is_header_done() && request_.expects_continue)
    offer_continue();
  if (phase_ != phase::open)
    return;
  flush();
  if (phase_ != phase::open)
    return;
  pump();
  if (phase_ != phase::open)
    return;
  if (client_done_ && !last_taken_ && !is_full())
    last_taken_ = true; // what is left of its bytes is no whole request
  bool all_answered = exchanges_.is_over() || (last_taken_ && exchanges_.is_empty());
  if (all_answered && exchanges_.out.empty())
    return linger();
  set_deadline();
  if (!is_pump_posted_) // a stream that ended just now made room for requests that are here already
    read();
}

/// True when a whole request stands in request_.
bool http_conversation::parse() {
  if (!parser_) {
    request_.clear();
    parser_.emplace(request_, sites_);
    parser_->header_limit(config_.max_header_bytes);
    parser_->body_limit(config_.max_body_bytes);
    request_began_ = clock::now();
  }
  while (!parser_->is_done() && in_.size() > 0) {
    error_code error;
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
void http_conversation::offer_continue() {
  if (!exchanges_.is_empty())
    return;
  request_.expects_continue = false;
  exchanges_.out += "HTTP/1.1 100 Continue\r\n\r\n";
}

void http_conversation::dispatch() {
  auto number = open_exchange({known_http_method(request_.method), request_.version, request_.method == "HEAD",
                               parser_->keep_alive() && !is_draining_});
  parser_.reset();
  http_reply reply(shared_from_this(), number);
  auto who = policy_.admit({door_.service(), context_.peer, request_.authorization});
  if (!who)
    return send_failure(reply, who.error());
  context_.who = std::move(*who);
  door_.handle(
      {request_.method, request_.target, request_.body, request_.content_type, request_.method_override, context_},
      std::move(reply));
}

std::uint64_t http_conversation::open_exchange(http_exchanges::terms of) {
  last_taken_ = last_taken_ || !of.keep_alive;
  return exchanges_.open(of);
}

/// Bytes that are no HTTP get what Go's server answers; limits get an error that names them. Nothing after it is read.
void http_conversation::refuse(error_code error) {
  parser_.reset();
  in_.consume(in_.size());
  auto number = open_exchange({known_http_method(request_.method), 11, false, false});
  if (request_.refused && request_.refused->status != 400)
    answer(number, request_.refused->status, "application/json",
           error_body(request_.refused->code, request_.refused->text));
  else if (request_.refused)
    answer(number, 400, "text/plain; charset=utf-8", request_.refused->text);
  else if (error == http::error::body_limit)
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

// -- out ------------------------------------------------------------------------------------------------------

void http_conversation::answer(std::uint64_t number, unsigned status, std::string_view content_type,
                               std::string_view body) {
  bool is_taken = exchanges_.answer(number, status, content_type, body, is_last(number));
  if (is_taken && phase_ == phase::open && !is_processing_)
    process();
}

void http_conversation::stream(std::uint64_t number, std::string_view content_type,
                               std::unique_ptr<body_source> body) {
  bool is_taken = exchanges_.stream(number, content_type, std::move(body), is_last(number));
  if (is_taken && phase_ == phase::open && !is_processing_)
    process();
}

// Never from inside `next`, which may be the caller.
void http_conversation::resume() {
  if (is_pump_posted_ || phase_ != phase::open)
    return;
  is_pump_posted_ = true;
  asio::post(where_, [self = shared_from_this()] {
    self->is_pump_posted_ = false;
    if (self->phase_ == phase::open)
      self->process();
  });
}

/// Asks the stream in line for one piece, if all before it went out, and comes back for the next one later.
void http_conversation::pump() {
  if (is_writing_ || is_pump_posted_ || !exchanges_.out.empty() || !exchanges_.is_streaming())
    return;
  auto state = exchanges_.next_piece(piece_size, http_reply(shared_from_this(), exchanges_.first()));
  if (state == body_source::state::broken)
    return close();
  if (state != body_source::state::later)
    resume();
  flush();
}

void http_conversation::flush() {
  auto& out = exchanges_.out;
  if (is_writing_ || out.empty() || phase_ == phase::closed)
    return;
  while (written_ < out.size()) {
    error_code error;
    written_ += write_some(asio::buffer(out.data() + written_, out.size() - written_), error);
    if (error == asio::error::would_block) {
      is_writing_ = true;
      if (write_began_ == clock::time_point{})
        write_began_ = clock::now();
      set_deadline();
      return wait_writable();
    }
    if (error)
      return close();
  }
  flushed();
}

void http_conversation::flushed() {
  constexpr std::size_t kept = 64 * 1024;
  auto& out = exchanges_.out;
  out.clear();
  written_ = 0;
  write_began_ = {};
  if (out.capacity() > kept)
    out.shrink_to_fit();
}

void http_conversation::on_writable(error_code error) {
  is_writing_ = false;
  if (phase_ == phase::closed)
    return;
  if (error)
    return close();
  flush();
  if (!is_writing_)
    process();
}

// -- the end --------------------------------------------------------------------------------------------------

/// The last answer is written: tell the client, and read what it still sends so that no reset destroys the answer.
void http_conversation::linger() {
  if (client_done_)
    return close();
  phase_ = phase::closing;
  finish_sending();
  deadline_ = clock::now() + linger_time;
  read();
}

void http_conversation::close() {
  if (phase_ == phase::closed)
    return;
  auto self = shared_from_this(); // a body may hold the last reply to us
  phase_ = phase::closed;
  close_stream();
  exchanges_.abandon();
  ended_(this);
}

void http_conversation::drain() {
  is_draining_ = true;
  if (phase_ != phase::open)
    return;
  bool is_idle = exchanges_.is_empty() && exchanges_.out.empty() && !parser_ && in_.size() == 0;
  if (is_idle)
    return close();
  if (!parser_ && in_.size() == 0)
    last_taken_ = true;
}

void http_conversation::set_deadline() {
  if (is_writing_)
    deadline_ = write_began_ + config_.write_timeout;
  else if (parser_)
    deadline_ = request_began_ + config_.read_timeout;
  else if (!exchanges_.is_empty())
    deadline_ = clock::time_point::max(); // the actors' answer has a deadline of its own
  else
    deadline_ = clock::now() + config_.idle_timeout;
}

void http_conversation::check_deadline(clock::time_point now) {
  if (now >= deadline_)
    close();
}

} // namespace maestro
