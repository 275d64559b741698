#include "runtime/probing/question_frame.hpp"

#include <boost/asio/ip/udp.hpp>

#include <array>

namespace maestro::probing {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr int most_datagrams = 16;
constexpr int most_questions = 3;
constexpr std::size_t most_bytes = 64 * 1024;

class udp_question : public question_frame<udp_question, udp> {
public:
  using question_frame::question_frame;

  void begin(const server_address& whom, duration patience) {
    auto where = open(whom, patience);
    if (!where)
      return;
    error_code error;
    socket_.connect(*where, error);
    error ? fail(error) : say(what_.question);
  }

private:
  friend question_frame;

  void say(const std::string& question) {
    if (++questions_ > most_questions)
      return miss("it asks back without an end");
    error_code error;
    socket_.send(asio::buffer(question), 0, error);
    if (error && error != asio::error::would_block)
      return fail(error);
    wait();
  }

  void receive() {
    static thread_local std::array<char, most_bytes> bytes;
    while (!is_over()) {
      error_code error;
      auto size = socket_.receive(asio::buffer(bytes), 0, error);
      if (error == asio::error::would_block)
        return wait();
      if (error)
        return fail(error);
      if (++datagrams_ > most_datagrams)
        return miss("it answers without an end");
      auto reading = what_.read({bytes.data(), size});
      switch (reading.what) {
      case probe_reading::kind::answer: return answered(reading.players);
      case probe_reading::kind::ask_again: return say(reading.question);
      case probe_reading::kind::more:
      case probe_reading::kind::unusable: problem_ = reading.problem; break;
      }
    }
  }

  int questions_ = 0;
  int datagrams_ = 0;
};

} // namespace

bool is_our_trouble(const boost::system::error_code& error) {
  namespace codes = boost::system::errc;
  return error != codes::connection_refused && error != codes::connection_reset && error != codes::broken_pipe &&
         error != codes::timed_out && error != codes::connection_aborted;
}

void ask_over_udp(asio::io_context& io, const server_address& whom, conversation what, duration patience,
                  take_outcome take) {
  std::make_shared<udp_question>(io, std::move(what), std::move(take))->begin(whom, patience);
}

} // namespace maestro::probing
