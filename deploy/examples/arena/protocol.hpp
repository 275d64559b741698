// What arena servers and their players say to each other: one datagram is one line of ASCII words, so that a match
// can be watched with tcpdump and joined with netcat. Numbers are decimal, times milliseconds.
//
//   player → server
//     join NAME                          repeated until answered; answered again for a player that is already in
//     input PLAYER SEQUENCE DX DY        where to move, each of DX and DY is -1, 0 or 1; also "I am still here"
//     leave PLAYER
//   server → player
//     welcome SERVER PLAYER PRESENT NEEDED
//     full SERVER REASON                 playing, ending or closing: try again, or elsewhere
//     start SERVER MATCH PLAYERS LENGTH
//     state SERVER MATCH TICK LEFT TX TY {PLAYER X Y SCORE}
//     end SERVER MATCH REASON {PLAYER SCORE}     time, abandoned or shutdown; repeated a few times
//
// SERVER is a number drawn when the process starts: a player who suddenly hears another one knows that its server
// died and was replaced, even when the port is the same. Datagrams may be lost, doubled or out of order: joins are
// repeated, inputs and states carry a growing number, ends are repeated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arena {

constexpr std::size_t datagram_limit = 1200;
constexpr std::size_t name_limit = 16;
constexpr unsigned players_limit = 16;

/// Words of a datagram; empty when it is too long or holds anything but printable ASCII.
std::vector<std::string_view> words_of(std::string_view datagram);

/// False when the word is no decimal number that fits.
bool to_number(std::string_view word, std::int64_t& value);

namespace detail {
inline void append(std::string& text, std::string_view word) {
  text += text.empty() ? "" : " ";
  text += word;
}
inline void append(std::string& text, const char* word) {
  append(text, std::string_view{word});
}
template <class Number>
void append(std::string& text, Number number) {
  append(text, std::string_view{std::to_string(number)});
}
inline void append(std::string& text, const std::string& word) {
  append(text, std::string_view{word});
}
} // namespace detail

/// Joins words and numbers with single spaces.
template <class... Words>
std::string line(const Words&... words) {
  std::string text;
  (detail::append(text, words), ...);
  return text;
}

} // namespace arena
