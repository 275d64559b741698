#include "messages/byte_text.hpp"

#include <algorithm>
#include <charconv>

namespace maestro {

namespace {

std::optional<char> byte_of(std::string_view pair) {
  unsigned value = 0;
  auto read = std::from_chars(pair.data(), pair.data() + pair.size(), value, 16);
  if (read.ec != std::errc{} || read.ptr != pair.data() + pair.size())
    return std::nullopt;
  return static_cast<char>(value);
}

/// Behind a byte: `*508` and it is taken off, or nothing, which is once.
std::optional<std::size_t> take_times(std::string_view& text) {
  if (!text.starts_with('*'))
    return 1;
  std::size_t times = 0;
  auto read = std::from_chars(text.data() + 1, text.data() + text.size(), times);
  if (read.ec != std::errc{} || times == 0)
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return times;
}

} // namespace

bool byte_pattern::begins(std::string_view text) const {
  if (text.size() < bytes.size())
    return false;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!is_any[i] && text[i] != bytes[i])
      return false;
  return true;
}

bool byte_pattern::has_any() const {
  return std::find(is_any.begin(), is_any.end(), true) != is_any.end();
}

std::optional<byte_pattern> parse_bytes(std::string_view text, std::size_t most) {
  byte_pattern all;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    auto pair = text.substr(0, 2);
    bool is_any = pair == "??";
    auto byte = is_any ? std::optional{'\0'} : pair.size() == 2 ? byte_of(pair) : std::nullopt;
    if (!byte)
      return std::nullopt;
    text.remove_prefix(2);
    auto times = take_times(text);
    if (!times || *times > most - all.bytes.size())
      return std::nullopt;
    all.bytes.append(*times, *byte);
    all.is_any.insert(all.is_any.end(), *times, is_any);
  }
  return all;
}

} // namespace maestro
