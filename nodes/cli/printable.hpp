// Text of others (games, recipes, servers) as a terminal may see it: whatever could steer the terminal, forge a line or
// turn the direction of writing is shown as its code (`\x1b`, `\u202e`) instead of being obeyed. Applied to every answer
// that people read, and to every text that says what was wrong; `-o json` and `-o yaml` show answers as they are.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace maestro::cli {

/// `text` may be anything; bytes that are no UTF-8 are shown as well.
std::string printable(std::string_view text);
/// The same, where line ends and tabs are meant: they stay.
std::string printable_lines(std::string_view text);

/// All texts and names in it, the texts as lines.
void make_printable(nlohmann::ordered_json& value);

/// Where the text stops being UTF-8; npos when it does not.
std::size_t find_invalid_utf8(std::string_view text);

} // namespace maestro::cli
