// Beast's HTTP/1 parser, keeping of a request only what doors use, in strings that live as long as the connection:
// parsing a request of the usual size allocates nothing.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace maestro {

struct parsed_request {
  std::string method;
  std::string target;
  std::string body;
  std::string content_type;
  std::string method_override;
  std::string authorization;
  int version = 11;
  bool expects_continue = false;

  void clear() {
    constexpr std::size_t kept = 64 * 1024;
    method.clear();
    target.clear();
    if (body.capacity() > kept)
      std::string().swap(body);
    body.clear();
    content_type.clear();
    method_override.clear();
    authorization.clear();
    version = 11;
    expects_continue = false;
  }
};

class http_parser final : public boost::beast::http::basic_parser<true> {
public:
  explicit http_parser(parsed_request& request) : request_(request) { eager(true); }

private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, text method, text target, int version, error_code&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    request_.version = version;
  }
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field name, text name_text, text value, error_code&) override {
    using boost::beast::http::field;
    if (name == field::content_type)
      request_.content_type.assign(value.data(), value.size());
    else if (name == field::authorization)
      request_.authorization.assign(value.data(), value.size());
    else if (name == field::expect)
      request_.expects_continue = boost::beast::iequals(value, "100-continue");
    else if (name == field::unknown && boost::beast::iequals(name_text, "x-http-method-override"))
      request_.method_override.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    constexpr std::uint64_t believed = 64 * 1024;
    request_.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), believed)));
  }
  std::size_t on_body_impl(text body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code&) override {}

  parsed_request& request_;
};

} // namespace maestro
