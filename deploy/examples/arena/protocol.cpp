#include "deploy/examples/arena/protocol.hpp"

#include <algorithm>
#include <charconv>

namespace arena {

std::vector<std::string_view> words_of(std::string_view datagram) {
  while (!datagram.empty() && (datagram.back() == '\n' || datagram.back() == '\r'))
    datagram.remove_suffix(1);
  bool printable = std::all_of(datagram.begin(), datagram.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (datagram.size() > datagram_limit || !printable)
    return {};
  std::vector<std::string_view> words;
  while (!datagram.empty()) {
    auto end = std::min(datagram.find(' '), datagram.size());
    if (end > 0)
      words.push_back(datagram.substr(0, end));
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
  }
  return words;
}

bool to_number(std::string_view word, std::int64_t& value) {
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc{} && end == word.data() + word.size();
}

} // namespace arena
