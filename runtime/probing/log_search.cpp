#include "runtime/probing/log_search.hpp"

namespace maestro::probing {

namespace {

/// Each part where it comes first behind the one before: if any places fit, these do.
bool holds(std::string_view line, std::string_view pattern) {
  while (true) {
    auto star = pattern.find('*');
    auto part = pattern.substr(0, star);
    auto at = line.find(part);
    if (at == line.npos)
      return false;
    if (star == pattern.npos)
      return true;
    line.remove_prefix(at + part.size());
    pattern.remove_prefix(star + 1);
  }
}

} // namespace

bool has_line(std::string_view text, std::string_view pattern) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    if (holds(line, pattern))
      return true;
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
  return false;
}

} // namespace maestro::probing
