#include "test/support/wire_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace maestro {

namespace http = boost::beast::http;

http_client::http_client(std::uint16_t port, std::chrono::milliseconds patience) : patience_(patience) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    auto why = std::string(std::strerror(errno));
    ::close(socket_);
    throw std::runtime_error("cannot connect to port " + std::to_string(port) + ": " + why);
  }
  int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

http_client::~http_client() {
  ::close(socket_);
}

http_answer http_client::request(std::string_view method, std::string_view target, std::string_view body,
                                 const header_list& headers) {
  std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
  for (auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  send(text);
  return read_answer(method == "HEAD");
}

void http_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      throw std::runtime_error(std::string("send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t http_client::send_some(std::string_view bytes) {
  auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

bool http_client::receive() {
  pollfd ready{socket_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience_.count())) <= 0)
    throw std::runtime_error("no answer within " + std::to_string(patience_.count()) + " ms");
  char bytes[16 * 1024];
  auto size = ::recv(socket_, bytes, sizeof bytes, 0);
  if (size < 0 && errno != ECONNRESET)
    throw std::runtime_error(std::string("recv: ") + std::strerror(errno));
  if (size <= 0)
    return false;
  received_.append(bytes, static_cast<std::size_t>(size));
  return true;
}

http_answer http_client::read_answer(bool to_head) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.skip(to_head);
  parser.body_limit(boost::none);
  while (!parser.is_done()) {
    boost::system::error_code error;
    if (!received_.empty())
      received_.erase(0, parser.put(boost::asio::buffer(received_), error));
    if (error && error != http::error::need_more)
      throw std::runtime_error("no HTTP: " + error.message());
    if (!parser.is_done() && !receive())
      throw std::runtime_error("the connection ended inside or before an answer");
  }
  auto& message = parser.get();
  http_answer answer{message.result_int(), {}, message.body(), message.keep_alive()};
  for (auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers[name] = std::string(field.value());
  }
  return answer;
}

std::string http_client::read_to_end() {
  while (receive()) {
  }
  return std::exchange(received_, {});
}

bool http_client::closes_within(std::chrono::milliseconds time) {
  patience_ = time;
  try {
    return received_.empty() && !receive();
  } catch (const std::runtime_error&) {
    return false;
  }
}

void http_client::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

http_answer fetch(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body,
                  const http_client::header_list& headers) {
  return http_client(port).request(method, target, body, headers);
}

} // namespace maestro
