// Beast's HTTP/1 parser, keeping of a request only what doors use, in strings that live as long as the connection:
// parsing a request of the usual size allocates nothing. A request that the site policy refuses ends with its header.
#pragma once

#include "nodes/gateway/site_policy.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace maestro {

struct parsed_request {
  std::string method;
  std::string target;
  std::string body;
  std::string content_type;
  std::string method_override;
  std::string request_key; ///< as sent
  std::string authorization;
  std::string host;
  std::string origin;
  int version = 11;
  std::uint8_t hosts = 0;   ///< how often the header was sent
  std::uint8_t origins = 0; ///< likewise
  std::uint8_t codings = 0; ///< Transfer-Encoding, likewise
  bool is_chunked = false;
  bool is_browsers = false; ///< it has headers that browsers send and cannot leave out, and programs do not send
  bool is_cross_site = false;
  bool expects_continue = false;
  bool expects_other = false;
  std::optional<refusal> refused; ///< why it was not read any further
  std::string right_host;         ///< of an earlier request of this connection, so that it is judged once
  bool is_right_for_browsers = false;

  void clear() {
    constexpr std::size_t kept = 64 * 1024;
    method.clear();
    target.clear();
    if (body.capacity() > kept)
      std::string().swap(body);
    body.clear();
    content_type.clear();
    method_override.clear();
    request_key.clear();
    authorization.clear();
    host.clear();
    origin.clear();
    version = 11;
    hosts = origins = codings = 0;
    is_chunked = is_browsers = is_cross_site = expects_continue = expects_other = false;
    refused.reset();
  }
};

class http_parser final : public boost::beast::http::basic_parser<true> {
public:
  http_parser(parsed_request& request, const site_policy& sites) : request_(request), sites_(sites) {
    eager(true);
  }
  /// Of method, target and fields together, and of the extensions of all chunks of the body. Beast's own limit depends on
  /// how the bytes arrive; it only bounds what stands in no field.
  void limit_header(std::uint32_t bytes) {
    header_left_ = extensions_left_ = bytes;
    header_limit(2 * bytes);
  }

private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, text method, text target, int version,
                       error_code& error) override {
    take_header(method.size() + target.size(), error);
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    request_.version = version;
  }
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field name, text name_text, text value, error_code& error) override {
    using boost::beast::http::field;
    constexpr std::size_t around = 4; // colon, blank, end of line
    take_header(name_text.size() + value.size() + around, error);
    if (is_header_read_)
      return; // a trailer: whatever it says comes too late
    switch (name) {
    case field::host:
      ++request_.hosts;
      request_.host.assign(value.data(), value.size());
      break;
    case field::content_type: request_.content_type.assign(value.data(), value.size()); break;
    case field::authorization: request_.authorization.assign(value.data(), value.size()); break;
    case field::expect:
      request_.expects_continue = boost::beast::iequals(value, "100-continue");
      request_.expects_other = !request_.expects_continue;
      break;
    case field::transfer_encoding:
      ++request_.codings;
      request_.is_chunked = boost::beast::iequals(value, "chunked");
      break;
    case field::origin:
      ++request_.origins;
      request_.origin.assign(value.data(), value.size());
      request_.is_browsers = true;
      break;
    case field::referer:
    case field::cookie:
    case field::accept_language: request_.is_browsers = true; break;
    case field::user_agent: request_.is_browsers |= value.starts_with("Mozilla/"); break;
    case field::sec_fetch_site:
      request_.is_browsers = true;
      request_.is_cross_site |=
          !boost::beast::iequals(value, "same-origin") && !boost::beast::iequals(value, "none");
      break;
    case field::unknown:
      if (boost::beast::iequals(name_text, "x-http-method-override"))
        request_.method_override.assign(value.data(), value.size());
      else if (boost::beast::iequals(name_text, "idempotency-key"))
        request_.request_key.assign(value.data(), value.size());
      break;
    default: break;
    }
  }
  void take_header(std::size_t bytes, error_code& error) {
    if (bytes > header_left_)
      error = boost::beast::http::error::header_limit;
    else
      header_left_ -= bytes;
  }
  void on_header_impl(error_code& error) override {
    is_header_read_ = true;
    request_.refused = sites_.judge(request_);
    if (request_.refused)
      error = boost::beast::http::error::bad_value;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    constexpr std::uint64_t believed = 64 * 1024;
    request_.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), believed)));
  }
  std::size_t on_body_impl(text body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, text extensions, error_code& error) override {
    if (extensions.size() > extensions_left_)
      error = boost::beast::http::error::header_limit;
    else
      extensions_left_ -= extensions.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code&) override {}

  parsed_request& request_;
  const site_policy& sites_;
  std::size_t header_left_ = 0;
  std::size_t extensions_left_ = 0;
  bool is_header_read_ = false;
};

} // namespace maestro
