#include "test/bench/bare_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace maestro {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

using stream = beast::basic_stream<tcp, asio::io_context::executor_type>;

class bare_session : public std::enable_shared_from_this<bare_session> {
public:
  explicit bare_session(stream::socket_type socket) : stream_(std::move(socket)) {
    stream_.socket().set_option(tcp::no_delay(true));
  }
  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error)
                         self->reply();
                     });
  }

private:
  void reply() {
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = R"({"success":true})";
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error)
        self->read();
    });
  }

  stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

using bare_acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

void accept(bare_acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, stream::socket_type socket) {
    if (!error)
      std::make_shared<bare_session>(std::move(socket))->read();
    accept(acceptor);
  });
}

} // namespace

// A session's handlers run one after another: each only starts the next.
void run_bare_server(void (*opened)(std::uint16_t port), int threads) {
  asio::io_context io{threads};
  bare_acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  opened(acceptor.local_endpoint().port());
  accept(acceptor);
  for (int i = 1; i < threads; ++i)
    std::thread([&io] { io.run(); }).detach();
  io.run();
  std::abort();
}

} // namespace maestro
