#include "nodes/cli/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace maestro::cli {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

namespace {

constexpr std::uint64_t answer_limit = 256u << 20; // a listing of a million rooms fits

/// Starts one asynchronous step and runs it to its end, which the stream's deadline bounds.
template <class Start>
void complete(boost::asio::io_context& io, beast::error_code& ec, Start start) {
  start([&ec](beast::error_code e, auto&&...) { ec = e; });
  io.restart();
  io.run();
}

void check(const beast::error_code& ec, const server_url& server, const char* doing, duration timeout,
           bool was_asked = false) {
  if (!ec)
    return;
  if (ec == beast::error::timeout)
    throw unreachable(fmt::format("{} {}: no answer within {}", doing, server.text(),
                                  fmt::format("{}s", std::chrono::duration<double>(timeout).count())),
                      was_asked);
  throw unreachable(fmt::format("{} {}: {}", doing, server.text(), ec.message()), was_asked);
}

} // namespace

std::string server_url::text() const {
  bool v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}{}", v6 ? "[" : "", host, v6 ? "]" : "", port, base);
}

server_url parse_server_url(const std::string& text) {
  auto rest = text;
  if (auto scheme = rest.find("://"); scheme != std::string::npos) {
    if (rest.substr(0, scheme) != "http")
      throw std::invalid_argument(
          fmt::format("server \"{}\": only http:// is spoken, not {}://", text, rest.substr(0, scheme)));
    rest.erase(0, scheme + 3);
  }
  server_url url;
  if (auto slash = rest.find('/'); slash != std::string::npos) {
    url.base = rest.substr(slash);
    rest.erase(slash);
    while (!url.base.empty() && url.base.back() == '/')
      url.base.pop_back();
  }
  if (!rest.empty() && rest.front() == '[') {
    auto end = rest.find(']');
    if (end == std::string::npos)
      throw std::invalid_argument(fmt::format("server \"{}\": missing ] after the IPv6 address", text));
    url.host = rest.substr(1, end - 1);
    rest.erase(0, end + 1);
  } else {
    url.host = rest.substr(0, rest.find(':'));
    rest.erase(0, url.host.size());
  }
  url.port = rest.empty() ? "80" : rest.substr(1);
  if (url.host.empty())
    throw std::invalid_argument(fmt::format("server \"{}\": no host; expected http://HOST:PORT", text));
  bool digits = !url.port.empty() && url.port.size() <= 5 &&
                url.port.find_first_not_of("0123456789") == std::string::npos && rest.substr(0, 1) != " ";
  if (!digits || std::stoi(url.port) < 1 || std::stoi(url.port) > 65535)
    throw std::invalid_argument(
        fmt::format("server \"{}\": port \"{}\" is not a number from 1 to 65535", text, url.port));
  return url;
}

http_answer http_request(const server_url& server, const std::string& method, const std::string& target,
                         const std::string& body, duration timeout, const std::string& key) {
  boost::asio::io_context io{1};
  beast::tcp_stream stream{io};
  beast::error_code ec;

  auto addresses = tcp::resolver{io}.resolve(server.host, server.port, ec);
  check(ec, server, "cannot resolve", timeout);
  stream.expires_after(timeout);
  complete(io, ec, [&](auto done) { stream.async_connect(addresses, done); });
  check(ec, server, "cannot connect to", timeout);

  http::request<http::string_body> request{http::string_to_verb(method), server.base + target, 11};
  bool is_v6 = server.host.find(':') != std::string::npos;
  request.set(http::field::host,
              fmt::format("{}{}{}:{}", is_v6 ? "[" : "", server.host, is_v6 ? "]" : "", server.port));
  request.set(http::field::user_agent, "maestro-cli");
  request.set(http::field::accept, "application/json");
  if (!body.empty())
    request.set(http::field::content_type, "application/json");
  if (!key.empty())
    request.set("Idempotency-Key", key);
  request.keep_alive(false);
  request.body() = body;
  request.prepare_payload();
  complete(io, ec, [&](auto done) { http::async_write(stream, request, done); });
  check(ec, server, "cannot send to", timeout, true);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_limit);
  complete(io, ec, [&](auto done) { http::async_read(stream, buffer, parser, done); });
  check(ec, server, "no answer from", timeout, true);

  stream.socket().shutdown(tcp::socket::shutdown_both, ec);
  auto answer = parser.release();
  return {answer.result_int(), std::move(answer.body())};
}

std::string url_encode(const std::string& text) {
  std::string encoded;
  for (unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~')
      encoded.push_back(static_cast<char>(c));
    else
      encoded += fmt::format("%{:02X}", c);
  }
  return encoded;
}

} // namespace maestro::cli
