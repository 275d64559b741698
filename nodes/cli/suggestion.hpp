// `did you mean "scheduler"?`: the nearest of the words that would have been right, for whoever mistyped one.
#pragma once

#include <string>
#include <vector>

namespace maestro::cli {

/// Empty when none is near.
std::string nearest_word(const std::string& given, const std::vector<std::string>& words);
/// `; did you mean "x"?`, or nothing.
std::string suggestion(const std::string& given, const std::vector<std::string>& words);
/// `"bogus" is none of a, b, c; did you mean "b"?`
std::string none_of(const std::string& given, const std::vector<std::string>& words);

} // namespace maestro::cli
