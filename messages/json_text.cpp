#include "messages/json_text.hpp"

#include <algorithm>

namespace maestro {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
  case '"': out += "\\\""; return;
  case '\\': out += "\\\\"; return;
  case '\b': out += "\\b"; return;
  case '\f': out += "\\f"; return;
  case '\n': out += "\\n"; return;
  case '\r': out += "\\r"; return;
  case '\t': out += "\\t"; return;
  }
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u00";
  out += digits[c >> 4];
  out += digits[c & 15];
}

} // namespace

std::size_t utf8_length(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  auto left = text.size() - at;
  auto follows = [&](std::size_t i) { return i < left && (byte(i) & 0xC0) == 0x80; };
  auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return follows(1) ? 2 : 0;
  if ((lead & 0xF0) == 0xE0) {
    if (!follows(1) || !follows(2) || (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0))
      return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3) || (lead == 0xF0 && byte(1) < 0x90) ||
        (lead == 0xF4 && byte(1) >= 0x90))
      return 0;
    return 4;
  }
  return 0;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto length = utf8_length(text, at);
    valid += length == 0 ? replacement : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return valid;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    if (auto length = c < 0x80 ? 0 : utf8_length(text, i)) {
      i += length;
      continue;
    }
    out += text.substr(plain, i - plain);
    if (c < 0x80)
      append_escape(out, c);
    else
      out += replacement;
    plain = ++i;
  }
  out += text.substr(plain);
  out += '"';
}

} // namespace maestro
