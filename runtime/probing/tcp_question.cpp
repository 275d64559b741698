#include "runtime/probing/question.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace maestro::probing {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t bytes_at_once = 16 * 1024;

class tcp_question : public std::enable_shared_from_this<tcp_question> {
public:
  tcp_question(asio::io_context& io, conversation what, take_outcome take)
      : socket_(io), timer_(io), what_(std::move(what)), take_(std::move(take)) {}

  void begin(const server_address& whom, duration patience) {
    error_code error;
    auto address = asio::ip::make_address(whom.host, error);
    if (!error)
      socket_.open(address.is_v6() ? tcp::v6() : tcp::v4(), error);
    if (error)
      return fail(error);
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](error_code ended) {
      if (!ended)
        self->finish({outcome::kind::missed, {}, "no answer"});
    });
    socket_.async_connect({address, whom.port}, [self = shared_from_this()](error_code failed) {
      failed ? self->fail(failed) : self->say();
    });
  }

private:
  void say() {
    if (what_.question.empty())
      return finish({outcome::kind::answered, {}, {}});
    asio::async_write(
        socket_, asio::buffer(what_.question),
        [self = shared_from_this()](error_code error, std::size_t) { error ? self->fail(error) : self->wait(); });
  }

  void wait() {
    if (take_)
      socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        if (!error)
          self->receive();
      });
  }

  // One piece a turn: who sends without an end has a turn like everybody, until it is too much or the time is over.
  void receive() {
    static thread_local std::array<char, bytes_at_once> piece;
    error_code error;
    socket_.non_blocking(true, error);
    auto size = socket_.read_some(asio::buffer(piece), error);
    if (error == asio::error::would_block)
      return wait();
    if (error == asio::error::eof)
      return finish({outcome::kind::missed, {}, "it ends the connection without an answer"});
    if (error)
      return fail(error);
    heard_.append(piece.data(), std::min(size, what_.bytes_max - std::min(what_.bytes_max, heard_.size())));
    auto reading = what_.read(heard_);
    if (reading.what == probe_reading::kind::answer)
      return finish({outcome::kind::answered, reading.players, {}});
    if (reading.what == probe_reading::kind::unusable)
      return finish({outcome::kind::missed, {}, reading.problem});
    if (heard_.size() >= what_.bytes_max)
      return finish({outcome::kind::missed, {}, "it answers without an end"});
    wait();
  }

  void fail(const error_code& error) {
    if (is_our_trouble(error))
      return finish({outcome::kind::could_not_look, {}, error.message()});
    finish({outcome::kind::missed, {}, error == asio::error::connection_refused ? "nobody listens" : "no answer"});
  }

  void finish(outcome what) {
    auto take = std::exchange(take_, nullptr);
    if (!take)
      return;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    take(std::move(what));
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  conversation what_;
  take_outcome take_;
  std::string heard_;
};

} // namespace

void ask_over_tcp(asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take) {
  std::make_shared<tcp_question>(io, std::move(what), std::move(take))->begin(whom, patience);
}

} // namespace maestro::probing
