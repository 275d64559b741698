#include "nodes/gateway/http_conversation.hpp"

#include "nodes/gateway/request_key.hpp"

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
constexpr std::size_t most_read = 64 * 1024;
constexpr std::size_t own_share = 8 * 1024; ///< bytes of a connection that its door does not count
constexpr std::size_t most_unwritten = 64 * 1024;
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
    : where_(where), config_(service.config), limits_(service.limits), budget_(service.load.buffers),
      policy_(service.policy), sites_(service.sites), door_(door), context_{std::move(peer), {}, {}},
      ended_(std::move(ended)),
      exchanges_(service.limits.in_flight, door.service(), door.service().empty() ? nullptr : service.meter),
      next_read_(read_size) {}

void http_conversation::start() {
  set_deadline();
  read();
}

bool http_conversation::is_full() const {
  return exchanges_.is_full() || exchanges_.waiting_bytes() - written_ > most_unwritten;
}

std::size_t http_conversation::held_bytes() const {
  return in_.capacity() + request_.body.capacity() + exchanges_.held_bytes();
}

/// Tells the door's budget what we hold by now. False when it has not that much; what we hold is ours to give back.
bool http_conversation::settle_budget() {
  auto held = held_bytes();
  auto due = held > own_share ? held - own_share : 0;
  if (due == counted_)
    return true;
  auto more = static_cast<std::int64_t>(due) - static_cast<std::int64_t>(counted_);
  counted_ = due;
  if (more < 0 || budget_.take(more)) {
    if (more < 0)
      budget_.count(more);
    return true;
  }
  budget_.count(more);
  return false;
}

// -- in -------------------------------------------------------------------------------------------------------

void http_conversation::read() {
  if (is_reading_ || phase_ == phase::closed || client_done_ ||
      (phase_ == phase::open && !is_watching_ && (is_full() || last_taken_)))
    return;
  is_reading_ = true;
  auto body_left = parser_ && parser_->is_header_done() ? parser_->content_length_remaining().value_or(0) : 0;
  auto wanted = std::clamp<std::uint64_t>(body_left, read_size, next_read_);
  read_some(in_.prepare(static_cast<std::size_t>(wanted)));
}

void http_conversation::on_read(error_code error, std::size_t size) {
  is_reading_ = false;
  if (phase_ == phase::closed)
    return;
  if (error && error != asio::error::eof)
    return close();
  if (phase_ == phase::closing || is_watching_) {
    in_.consume(in_.size());
    return error ? close() : read();
  }
  in_.commit(size);
  next_read_ = size >= next_read_ ? std::min(2 * next_read_, most_read) : read_size;
  client_done_ = client_done_ || error == asio::error::eof;
  process();
}

void http_conversation::dispatch_all() {
  is_processing_ = true;
  while (phase_ == phase::open && !is_reading_ && !is_full() && !last_taken_ && in_.size() > 0 && parse())
    dispatch();
  is_processing_ = false;
}

void http_conversation::process() {
  dispatch_all();
  while (phase_ == phase::open && is_full()) { // what goes out now makes room for requests that are here already
    flush();
    if (phase_ == phase::open && is_full())
      break;
    dispatch_all();
  }
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
  settle_budget();
  if (!is_pump_posted_) // a stream that ended just now made room for requests that are here already
    read();
}

/// True when a whole request stands in request_.
bool http_conversation::parse() {
  if (!parser_) {
    request_.clear();
    parser_.emplace(request_, sites_);
    parser_->limit_header(config_.max_header_bytes);
    parser_->body_limit(limits_.body_bytes);
    request_began_ = clock::now();
  }
  error_code error;
  while (!parser_->is_done() && in_.size() > 0 && !error) {
    in_.consume(parser_->put(in_.data(), error));
    if (error == http::error::need_more && parser_->is_header_done() && in_.size() > config_.max_header_bytes)
      error = http::error::header_limit; // of a chunk, or a trailer
  }
  if (error && error != http::error::need_more)
    refuse(error);
  else if (!settle_budget())
    refuse(503, 14,
           fmt::format("too many bytes are waiting at this door already, the limit is {}", budget_.limit()));
  return parser_ && parser_->is_done();
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
  auto key = read_request_key(request_.request_key);
  if (!key)
    return send_failure(reply, key.error());
  context_.request = std::move(*key);
  has_spoken_ = true;
  door_.handle(
      {request_.method, request_.target, request_.body, request_.content_type, request_.method_override, context_},
      std::move(reply));
  if (request_.body.capacity() > own_share)
    std::string().swap(request_.body);
  if (in_.capacity() > own_share)
    in_.shrink_to_fit();
}

std::uint64_t http_conversation::open_exchange(http_exchanges::terms of) {
  last_taken_ = last_taken_ || !of.keep_alive;
  return exchanges_.open(of);
}

/// Bytes that are no HTTP get what Go's server answers; limits get an error that names them.
void http_conversation::refuse(error_code error) {
  if (request_.refused)
    refuse(request_.refused->status, request_.refused->code, request_.refused->text);
  else if (error == http::error::body_limit)
    refuse(413, 3, fmt::format("request body is larger than the limit of {} bytes", limits_.body_bytes));
  else if (error == http::error::header_limit)
    refuse(431, 3, fmt::format("request header is larger than the limit of {} bytes", config_.max_header_bytes));
  else
    refuse(400, 3, "400 Bad Request");
}

/// Nothing more is read of it, and no request after it.
void http_conversation::refuse(unsigned status, int code, std::string_view text) {
  parser_.reset();
  in_.consume(in_.size());
  std::string().swap(request_.body);
  auto number = open_exchange({known_http_method(request_.method), 11, false, false});
  if (status == 400)
    answer(number, status, "text/plain; charset=utf-8", text);
  else
    answer(number, status, "application/json", error_body(code, text));
}

// -- out ------------------------------------------------------------------------------------------------------

void http_conversation::answer(std::uint64_t number, unsigned status, std::string_view content_type,
                               std::string_view body) {
  bool is_too_much = body.size() > own_share && !budget_.has(body.size());
  bool is_taken =
      is_too_much ? exchanges_.answer(
                        number, 503, "application/json",
                        error_body(14, fmt::format("too many bytes are waiting at this door already, the limit is "
                                                   "{}",
                                                   budget_.limit())),
                        is_last(number))
                  : exchanges_.answer(number, status, content_type, body, is_last(number));
  if (is_taken && phase_ == phase::open && !is_processing_)
    process();
}

void http_conversation::stream(std::uint64_t number, std::string_view content_type,
                               std::unique_ptr<body_source> body) {
  if (body->is_endless()) {
    if (client_done_)
      return close();
    is_watching_ = last_taken_ = true;
  }
  bool is_taken = exchanges_.stream(number, content_type, std::move(body), is_last(number) || is_watching_);
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
  std::string().swap(request_.body);
  budget_.count(-static_cast<std::int64_t>(std::exchange(counted_, 0)));
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

std::optional<http_conversation::idleness> http_conversation::idle() const {
  if (!exchanges_.is_empty() || !exchanges_.out.empty())
    return std::nullopt;
  return idleness{!has_spoken_, parser_ ? request_began_ : idle_since_};
}

void http_conversation::set_deadline() {
  if (is_writing_)
    deadline_ = write_began_ + config_.write_timeout;
  else if (parser_)
    deadline_ = request_began_ + config_.read_timeout;
  else if (!exchanges_.is_empty())
    deadline_ = clock::time_point::max(); // the actors' answer has a deadline of its own
  else
    deadline_ = (idle_since_ = clock::now()) + config_.idle_timeout;
}

void http_conversation::check_deadline(clock::time_point now) {
  if (now >= deadline_)
    close();
}

} // namespace maestro
