#include "nodes/gateway/request_key.hpp"

#include "messages/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

constexpr std::size_t longest = 64;

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

} // namespace

result<request_key> read_request_key(std::string_view sent) {
  bool is_quoted = sent.size() >= 2 && sent.front() == '"' && sent.back() == '"';
  auto key = is_quoted ? sent.substr(1, sent.size() - 2) : sent;
  if (sent.empty())
    return request_key();
  if (key.size() > longest)
    return failure{ec::invalid_argument,
                   fmt::format("Idempotency-Key must be at most {} bytes, not {}", longest, key.size())};
  if (key.empty() || !std::all_of(key.begin(), key.end(), is_visible)) {
    std::string shown;
    append_json_string(shown, valid_utf8(key));
    return failure{ec::invalid_argument,
                   fmt::format("Idempotency-Key must be visible ASCII characters without blanks, not {}", shown)};
  }
  return request_key(std::string(key));
}

} // namespace maestro
