#include "nodes/gateway/http_server.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace maestro {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t most_looked_at = 256; ///< connections that a newcomer's place is searched among
constexpr std::uint32_t most_crowded = 64;  ///< newcomers beyond the limit that may wait for a place

} // namespace

io_worker::io_worker(caf::actor_system& system, const gateway_config& config)
    : config_(config), work_(asio::make_work_guard(io_)), timer_(io_),
      bridge_(system, io_, config.request_timeout, config.max_in_flight) {
  arm_sweep();
}

io_worker::~io_worker() {
  stop();
}

void io_worker::start(const std::string& thread_name) {
  thread_ = std::thread([this] { io_.run(); });
  pthread_setname_np(thread_.native_handle(), thread_name.c_str());
}

void io_worker::serve(const arrival& client) {
  count(+1);
  asio::post(io_, [this, client] { adopt(client); });
}

void io_worker::adopt(const arrival& client) {
  tcp_socket owned(io_.get_executor());
  boost::system::error_code error;
  owned.assign(client.protocol, client.socket, error);
  if (error)
    ::close(client.socket);
  auto& connections = client.service.load.connections;
  if (error || draining_ || (client.is_crowded && !make_room())) {
    --connections;
    count(-1);
    return;
  }
  auto peer = owned.remote_endpoint(error).address().to_string(); // 0.0.0.0 of one that left already
  auto session = client.make(std::move(owned), client.service, client.door, std::move(peer),
                             [this, &connections](http_conversation* gone) {
                               sessions_.erase(gone);
                               --connections;
                               count(-1);
                             });
  sessions_.insert(session.get());
  session->start();
}

/// Ends the connection that would be missed least, of some that are looked at in turn.
bool io_worker::make_room() {
  http_conversation* found = nullptr;
  std::optional<http_conversation::idleness> best;
  auto buckets = sessions_.bucket_count();
  std::size_t seen = 0;
  for (std::size_t i = 0; i < buckets && seen < most_looked_at; ++i) {
    looked_at_ = (looked_at_ + 1) % buckets;
    for (auto at = sessions_.begin(looked_at_); at != sessions_.end(looked_at_); ++at, ++seen)
      if (auto idle = (*at)->idle(); idle && (!best || *best < *idle)) {
        best = idle;
        found = *at;
      }
  }
  if (found != nullptr)
    found->abort();
  return found != nullptr;
}

void io_worker::count(int change) {
  std::lock_guard lock(mutex_);
  open_ += change;
  if (open_ == 0)
    none_left_.notify_all();
}

void io_worker::arm_sweep() {
  using std::chrono::milliseconds;
  auto shortest = std::min({config_.idle_timeout, config_.read_timeout, config_.write_timeout});
  timer_.expires_after(std::clamp(shortest / 4, milliseconds(5), milliseconds(250)));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error)
      return;
    auto now = http_conversation::clock::now();
    std::vector<http_conversation*> all(sessions_.begin(), sessions_.end());
    for (auto* session : all)
      session->check_deadline(now);
    arm_sweep();
  });
}

bool io_worker::drain(std::chrono::steady_clock::time_point until) {
  asio::post(io_, [this] {
    draining_ = true;
    std::vector<http_conversation*> all(sessions_.begin(), sessions_.end());
    for (auto* session : all)
      session->drain();
  });
  std::unique_lock lock(mutex_);
  return none_left_.wait_until(lock, until, [this] { return open_ == 0; });
}

void io_worker::stop() {
  if (!thread_.joinable())
    return;
  asio::post(io_, [this] {
    std::vector<http_conversation*> all(sessions_.begin(), sessions_.end());
    for (auto* session : all)
      session->abort();
    io_.stop();
  });
  thread_.join();
}

http_listener::http_listener(std::string name, io_worker& home, const http_service& service, session_maker make,
                             std::vector<place> places)
    : name_(std::move(name)), service_(service), make_(make), places_(std::move(places)), acceptor_(home.io()),
      pause_(home.io()) {}

result<std::uint16_t> http_listener::open(std::uint16_t port) {
  boost::system::error_code error;
  auto refused = [&](const char* what) {
    return failure{ec::unavailable, fmt::format("{}: cannot {} {}:{}: {}", name_, what,
                                                service_.config.bind_address, port, error.message())};
  };
  auto address = asio::ip::make_address(service_.config.bind_address, error);
  if (error)
    return refused("understand the address of");
  tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), error);
  if (error)
    return refused("open a socket for");
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  acceptor_.bind(endpoint, error);
  if (error)
    return refused("bind to");
  acceptor_.listen(4096, error);
  if (error)
    return refused("listen on");
  return acceptor_.local_endpoint().port();
}

void http_listener::accept() {
  acceptor_.async_accept(
      [this](boost::system::error_code error, tcp::socket socket) { on_accept(error, std::move(socket)); });
}

void http_listener::on_accept(boost::system::error_code error, tcp::socket socket) {
  if (!acceptor_.is_open() || error == asio::error::operation_aborted)
    return;
  if (error) { // out of descriptors, say: let others end first
    pause_.expires_after(std::chrono::milliseconds(50));
    pause_.async_wait([this](boost::system::error_code canceled) {
      if (!canceled && acceptor_.is_open())
        accept();
    });
    return;
  }
  auto open = ++service_.load.connections;
  if (open > service_.limits.connections + most_crowded) {
    --service_.load.connections;
    socket.close(error);
  } else {
    auto protocol = socket.local_endpoint(error).protocol();
    auto& [worker, door] = places_[turn_++ % places_.size()];
    worker->serve({socket.release(), protocol, *door, service_, make_, open > service_.limits.connections});
  }
  accept();
}

void http_listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

} // namespace maestro
