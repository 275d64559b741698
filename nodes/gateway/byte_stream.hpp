// What carries the bytes of a connection. http_session is a template of it; tcp_stream is the plain one. A stream
// belongs to one I/O thread, has at most one read and one wait for writing pending, and calls their handlers from
// the io_context, never from inside the call. One that must shake hands first does so in its first read.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace maestro {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

template <class Stream>
concept byte_stream = std::move_constructible<Stream> && std::constructible_from<Stream, tcp_socket> &&
    requires(Stream stream, boost::asio::mutable_buffer into, boost::asio::const_buffer from,
             boost::system::error_code error, void (*have_read)(boost::system::error_code, std::size_t),
             void (*writable)(boost::system::error_code)) {
  stream.async_read_some(into, have_read);
  /// Takes what it can at once and says how much; `would_block` when that is nothing.
  { stream.write_some(from, error) } -> std::same_as<std::size_t>;
  stream.async_wait_writable(writable);
  stream.finish_sending(); ///< the client sees the end, we still read
  stream.close();          ///< pending handlers are called with an error
};

class tcp_stream {
public:
  explicit tcp_stream(tcp_socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
  }

  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer into, Handler handler) {
    socket_.async_read_some(into, std::move(handler));
  }
  std::size_t write_some(boost::asio::const_buffer from, boost::system::error_code& error) {
    return socket_.write_some(from, error);
  }
  template <class Handler>
  void async_wait_writable(Handler handler) {
    socket_.async_wait(tcp_socket::wait_write, std::move(handler));
  }
  void finish_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp_socket::shutdown_send, ignored);
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

private:
  tcp_socket socket_;
};
static_assert(byte_stream<tcp_stream>);

} // namespace maestro
