#include "runtime/probing/question.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>
#include <utility>

namespace maestro::probing {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

constexpr int datagrams_max = 16;
constexpr int questions_max = 3;
constexpr std::size_t longest_datagram = 64 * 1024;

class udp_question : public std::enable_shared_from_this<udp_question> {
public:
  udp_question(asio::io_context& io, conversation what, take_outcome take)
      : socket_(io), timer_(io), what_(std::move(what)), take_(std::move(take)) {}

  void begin(const server_address& whom, duration patience) {
    error_code error;
    auto address = asio::ip::make_address(whom.host, error);
    if (!error)
      socket_.open(address.is_v6() ? udp::v6() : udp::v4(), error);
    if (!error)
      socket_.non_blocking(true, error);
    if (!error)
      socket_.connect({address, whom.port}, error);
    if (error)
      return fail(error);
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](error_code ended) {
      if (!ended)
        self->finish({outcome::kind::missed, {}, self->problem_});
    });
    say(what_.question);
  }

private:
  void say(const std::string& question) {
    if (++questions_ > questions_max)
      return finish({outcome::kind::missed, {}, "it asks back without an end"});
    error_code error;
    socket_.send(asio::buffer(question), 0, error);
    if (error && error != asio::error::would_block)
      return fail(error);
    wait();
  }

  void wait() {
    socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](error_code error) {
      if (!error)
        self->receive();
    });
  }

  void receive() {
    static thread_local std::array<char, longest_datagram> bytes;
    while (take_) {
      error_code error;
      auto size = socket_.receive(asio::buffer(bytes), 0, error);
      if (error == asio::error::would_block)
        return wait();
      if (error)
        return fail(error);
      if (++datagrams_ > datagrams_max)
        return finish({outcome::kind::missed, {}, "it answers without an end"});
      auto reading = what_.read({bytes.data(), size});
      switch (reading.what) {
      case probe_reading::kind::answer: return finish({outcome::kind::answered, reading.players, {}});
      case probe_reading::kind::ask_again: return say(reading.question);
      case probe_reading::kind::more:
      case probe_reading::kind::unusable: problem_ = reading.problem; break;
      }
    }
  }

  void fail(const error_code& error) {
    if (is_our_trouble(error))
      return finish({outcome::kind::could_not_look, {}, error.message()});
    finish({outcome::kind::missed, {}, "nobody listens"});
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

  udp::socket socket_;
  asio::steady_timer timer_;
  conversation what_;
  take_outcome take_;
  std::string problem_ = "no answer";
  int questions_ = 0;
  int datagrams_ = 0;
};

} // namespace

bool is_our_trouble(const error_code& error) {
  namespace codes = boost::system::errc;
  return error != codes::connection_refused && error != codes::connection_reset && error != codes::broken_pipe &&
         error != codes::timed_out && error != codes::connection_aborted;
}

void ask_over_udp(asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take) {
  std::make_shared<udp_question>(io, std::move(what), std::move(take))->begin(whom, patience);
}

} // namespace maestro::probing
