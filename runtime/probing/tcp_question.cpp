#include "runtime/probing/question_frame.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace maestro::probing {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t bytes_at_once = 16 * 1024;

class tcp_question : public question_frame<tcp_question, tcp> {
public:
  using question_frame::question_frame;

  void begin(const server_address& whom, duration patience) {
    if (auto where = open(whom, patience))
      socket_.async_connect(
          *where, [self = shared_from_this()](error_code failed) { failed ? self->fail(failed) : self->say(); });
  }

private:
  friend question_frame;

  void say() {
    if (!what_.read)
      return answered({});
    asio::async_write(
        socket_, asio::buffer(what_.question),
        [self = shared_from_this()](error_code error, std::size_t) { error ? self->fail(error) : self->wait(); });
  }

  // One piece a turn: who sends without an end has a turn like everybody, until it is too much or the time is over.
  void receive() {
    static thread_local std::array<char, bytes_at_once> piece;
    error_code error;
    auto size = socket_.read_some(asio::buffer(piece), error);
    if (error == asio::error::would_block)
      return wait();
    if (error == asio::error::eof)
      return miss("it ends the connection without an answer");
    if (error)
      return fail(error);
    heard_.append(piece.data(), std::min(size, what_.bytes_max - std::min(what_.bytes_max, heard_.size())));
    auto reading = what_.read(heard_);
    if (reading.what == probe_reading::kind::answer)
      return answered(reading.players);
    if (reading.what == probe_reading::kind::unusable)
      return miss(reading.problem);
    if (heard_.size() >= what_.bytes_max)
      return miss("it answers without an end");
    wait();
  }

  std::string heard_;
};

} // namespace

void ask_over_tcp(asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take) {
  std::make_shared<tcp_question>(io, std::move(what), std::move(take))->begin(whom, patience);
}

} // namespace maestro::probing
