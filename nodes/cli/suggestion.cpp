#include "nodes/cli/suggestion.hpp"

#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::cli {

std::string nearest_word(const std::string& given, const std::vector<std::string>& words) {
  std::string nearest;
  auto least = std::min<std::size_t>(3, given.size() / 2 + 1);
  for (auto& word : words)
    if (auto distance = edit_distance(lower_case(given), lower_case(word)); distance < least) {
      least = distance;
      nearest = word;
    }
  if (nearest.empty() && given.size() >= 3)
    for (auto& word : words)
      if (word.starts_with(given))
        return word;
  return nearest;
}

std::string suggestion(const std::string& given, const std::vector<std::string>& words) {
  auto nearest = nearest_word(given, words);
  return nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
}

std::string none_of(const std::string& given, const std::vector<std::string>& words) {
  std::string all;
  for (auto& word : words)
    all += (all.empty() ? "" : ", ") + word;
  return fmt::format("\"{}\" is none of {}{}", given, all, suggestion(given, words));
}

} // namespace maestro::cli
