#include "nodes/cli/log_text.hpp"

#include <algorithm>
#include <sstream>

namespace maestro::cli {

namespace {

constexpr std::size_t telling = 512; ///< bytes at the end of a log that are taken to stand there once

} // namespace

std::string last_lines(const std::string& text, std::size_t count) {
  if (count == 0)
    return {};
  auto at = text.size();
  if (at > 0 && text[at - 1] == '\n')
    --at;
  for (std::size_t lines = 0; at > 0; --at)
    if (text[at - 1] == '\n' && ++lines == count)
      break;
  return text.substr(at);
}

std::string prefixed_lines(const std::string& text, const std::string& prefix) {
  std::string all;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    all += prefix + line + "\n";
  return all;
}

std::string text_behind(const std::string& before, const std::string& now) {
  if (before.empty() || now.starts_with(before))
    return now.substr(before.size());
  auto end = before.substr(before.size() - std::min(before.size(), telling));
  auto found = now.rfind(end);
  return found == std::string::npos ? now : now.substr(found + end.size());
}

} // namespace maestro::cli
