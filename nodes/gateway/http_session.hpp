// A conversation over a stream: all that http_conversation needs of bytes, and nothing else. A listener makes one
// for each connection with `make_session<Stream>`.
#pragma once

#include "nodes/gateway/byte_stream.hpp"
#include "nodes/gateway/http_conversation.hpp"

#include <memory>
#include <string>
#include <utility>

namespace maestro {

template <byte_stream Stream>
class http_session final : public http_conversation {
public:
  http_session(Stream stream, executor where, const http_service& service, http_door& door, std::string peer,
               on_end ended)
      : http_conversation(where, service, door, std::move(peer), std::move(ended)), stream_(std::move(stream)) {}

private:
  std::shared_ptr<http_session> self() { return std::static_pointer_cast<http_session>(shared_from_this()); }

  void read_some(boost::asio::mutable_buffer into) override {
    stream_.async_read_some(into,
                            [self = self()](error_code error, std::size_t size) { self->on_read(error, size); });
  }
  std::size_t write_some(boost::asio::const_buffer from, error_code& error) override {
    return stream_.write_some(from, error);
  }
  void wait_writable() override {
    stream_.async_wait_writable([self = self()](error_code error) { self->on_writable(error); });
  }
  void finish_sending() override { stream_.finish_sending(); }
  void close_stream() override { stream_.close(); }

  Stream stream_;
};

using session_maker = std::shared_ptr<http_conversation> (*)(tcp_socket, const http_service&, http_door&,
                                                             std::string peer, http_conversation::on_end);

template <byte_stream Stream>
std::shared_ptr<http_conversation> make_session(tcp_socket socket, const http_service& service, http_door& door,
                                                std::string peer, http_conversation::on_end ended) {
  auto where = socket.get_executor();
  return std::make_shared<http_session<Stream>>(Stream(std::move(socket)), where, service, door, std::move(peer),
                                                std::move(ended));
}

} // namespace maestro
