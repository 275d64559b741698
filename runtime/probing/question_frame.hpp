// What a question over UDP and one over TCP have in common: a socket of its own, a time by which it is over, and one end, at
// which the outcome is told once. For runtime/probing/udp_question and tcp_question.
#pragma once

#include "runtime/probing/question.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace maestro::probing {

/// `Question` derives from it.
template <class Question, class Protocol>
class question_frame : public std::enable_shared_from_this<Question> {
public:
  question_frame(boost::asio::io_context& io, conversation what, take_outcome take)
      : socket_(io), what_(std::move(what)), timer_(io), take_(std::move(take)) {}

protected:
  using error_code = boost::system::error_code;
  using endpoint = typename Protocol::endpoint;

  /// From here on time runs. None where it has failed already.
  std::optional<endpoint> open(const server_address& whom, duration patience) {
    error_code error;
    auto address = boost::asio::ip::make_address(whom.host, error);
    if (!error)
      socket_.open(address.is_v6() ? Protocol::v6() : Protocol::v4(), error);
    if (!error)
      socket_.non_blocking(true, error);
    if (error) {
      fail(error);
      return std::nullopt;
    }
    timer_.expires_after(patience);
    timer_.async_wait([self = this->shared_from_this()](error_code ended) {
      if (!ended)
        self->miss(self->problem_);
    });
    return endpoint{address, whom.port};
  }

  /// `receive` of the question is called when there is something to hear.
  void wait() {
    if (take_)
      socket_.async_wait(Protocol::socket::wait_read, [self = this->shared_from_this()](error_code error) {
        if (!error)
          self->receive();
      });
  }

  bool is_over() const { return !take_; }
  void answered(std::optional<std::int64_t> players) { finish({outcome::kind::answered, players, {}}); }
  void miss(std::string problem) { finish({outcome::kind::missed, {}, std::move(problem)}); }
  void fail(const error_code& error) {
    if (is_our_trouble(error))
      return finish({outcome::kind::could_not_look, {}, error.message()});
    miss(error == boost::asio::error::connection_refused ? "nobody listens" : "no answer");
  }

  typename Protocol::socket socket_;
  conversation what_;
  std::string problem_ = "no answer"; ///< when the time is over

private:
  void finish(outcome what) {
    auto take = std::exchange(take_, nullptr);
    if (!take)
      return;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    take(std::move(what));
  }

  boost::asio::steady_timer timer_;
  take_outcome take_;
};

} // namespace maestro::probing
