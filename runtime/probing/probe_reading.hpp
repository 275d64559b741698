// What the bytes of a game server mean to who asked it: the answer that every protocol of this folder is read into. A game
// server is nobody's friend: nothing of what it says is followed but numbers, and each reader says how much it looks at.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace maestro::probing {

/// More players than any game server has.
constexpr std::int64_t most_players = 100'000;

struct probe_reading {
  enum class kind : std::uint8_t {
    answer,    ///< the server is there
    more,      ///< not all of it is here yet
    ask_again, ///< `question` is to be sent to get the answer
    unusable,  ///< whatever this is, it is no answer; `problem` says why
  };
  kind what = kind::unusable;
  std::optional<std::int64_t> players{}; ///< as far as the protocol tells
  std::string question{};
  const char* problem = "";
};

inline probe_reading answer_with(std::int64_t players) {
  return {probe_reading::kind::answer, std::clamp<std::int64_t>(players, 0, most_players), {}, ""};
}
inline probe_reading answer_alone() {
  return {probe_reading::kind::answer, std::nullopt, {}, ""};
}
inline probe_reading unusable(const char* problem) {
  return {probe_reading::kind::unusable, std::nullopt, {}, problem};
}
inline probe_reading more_to_come() {
  return {probe_reading::kind::more, std::nullopt, {}, ""};
}

} // namespace maestro::probing
