// Logs as text: their last lines, their lines with a name in front, and what is new in a log since it was last read. The
// server hands out the end of a log and no offsets, so what is new is found by what both texts have in common. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace maestro::cli {

std::string last_lines(const std::string& text, std::size_t count);
std::string prefixed_lines(const std::string& text, const std::string& prefix);

/// What `now` has behind the end of `before`. All of it where nothing of `before` is left in it.
std::string text_behind(const std::string& before, const std::string& now);

} // namespace maestro::cli
