#include "runtime/probing/minecraft_query.hpp"

#include <charconv>

namespace maestro::probing {

namespace {

constexpr std::size_t deepest = 64;

void put_number(std::string& to, std::uint32_t number) {
  while (number >= 0x80) {
    to += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  to += static_cast<char>(number);
}

std::string packet(const std::string& body) {
  std::string whole;
  put_number(whole, static_cast<std::uint32_t>(body.size()));
  return whole + body;
}

enum class taken : std::uint8_t { number, too_short, too_long };

/// The protocol's variable-length number, off the front.
taken take_number(std::string_view& bytes, std::uint32_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (bytes.empty())
      return taken::too_short;
    auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return taken::number;
  }
  return taken::too_long;
}

/// Walks over JSON and remembers only at which of the two wanted places it is.
class players_search {
public:
  explicit players_search(std::string_view json) : rest_(json) {}

  std::optional<std::int64_t> run() {
    while (!rest_.empty()) {
      auto c = rest_.front();
      if (c == '"') {
        auto text = take_text();
        is_key_ = take_colon();
        if (is_key_ && depth_ == 1)
          is_in_players_ = text == "players";
        if (is_key_ && depth_ == 2 && is_in_players_ && text == "online")
          return take_whole();
        continue;
      }
      rest_.remove_prefix(1);
      if (c == '{' || c == '[') {
        if (++depth_ > deepest || (c == '[' && depth_ == 2))
          is_in_players_ = false;
      } else if ((c == '}' || c == ']') && depth_ > 0 && --depth_ <= 1) {
        is_in_players_ = false;
      }
    }
    return std::nullopt;
  }

private:
  /// As it is written: escapes are not undone, so a key that has some is not the wanted one.
  std::string_view take_text() {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"')
      end += rest_[end] == '\\' ? 2 : 1;
    end = std::min(end, rest_.size());
    auto text = rest_.substr(1, end - 1);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return text;
  }
  void skip_space() {
    auto at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == rest_.npos ? rest_.size() : at);
  }
  bool take_colon() {
    skip_space();
    bool is_there = rest_.starts_with(':');
    rest_.remove_prefix(is_there);
    return is_there;
  }
  std::optional<std::int64_t> take_whole() {
    skip_space();
    std::int64_t number = 0;
    auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (read.ec != std::errc{})
      return std::nullopt;
    return number;
  }

  std::string_view rest_;
  std::size_t depth_ = 0;
  bool is_key_ = false;
  bool is_in_players_ = false;
};

} // namespace

std::string minecraft_question(const std::string& host, std::uint16_t port) {
  std::string handshake;
  put_number(handshake, 0);
  put_number(handshake, 0xffffffff); // no version of the protocol in particular
  put_number(handshake, static_cast<std::uint32_t>(host.size()));
  handshake += host;
  handshake += static_cast<char>(port >> 8);
  handshake += static_cast<char>(port & 0xff);
  put_number(handshake, 1); // the status is wanted
  return packet(handshake) + packet(std::string(1, '\0'));
}

std::optional<std::int64_t> players_online(std::string_view json) {
  return players_search(json).run();
}

probe_reading read_minecraft(std::string_view bytes) {
  constexpr auto cannot_be = "what it answers is no status of Minecraft";
  std::uint32_t size = 0, kind = 0, text = 0;
  auto size_read = take_number(bytes, size);
  if (size_read == taken::too_long || size > longest_minecraft_answer)
    return unusable(cannot_be);
  if (size_read == taken::too_short || bytes.size() < size)
    return more_to_come();
  bytes = bytes.substr(0, size);
  if (take_number(bytes, kind) != taken::number || kind != 0 || take_number(bytes, text) != taken::number ||
      text > bytes.size())
    return unusable(cannot_be);
  auto players = players_online(bytes.substr(0, text));
  return players ? answer_with(*players) : unusable("its status tells no players.online");
}

} // namespace maestro::probing
