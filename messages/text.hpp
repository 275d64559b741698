// Plain values as people write them, each read from and shown as text: durations, numbers, truths, lists; and how far
// one word is from another, for those who mistype. For the configuration and whoever else reads what people wrote.
#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

/// Go's syntax: `500ms`, `1m`, `2m30s`, `1.5h`; units ns, us, ms, s, m, h. Nothing when it is none.
std::optional<duration> parse_duration(std::string_view text);
/// The shortest form that parses back to the same: `2m30s`, `1h`, `0s`.
std::string show_duration(duration value);

std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);
std::string show_number(double value);
/// `true` or `false`, also `yes`, `no`, `on`, `off`, `1`, `0`, in any case.
std::optional<bool> parse_bool(std::string_view text);

/// Parts between commas without the blanks around them; none of an empty text.
std::vector<std::string> split_list(std::string_view text);
std::string join_list(const std::vector<std::string>& items);

std::string lower_case(std::string_view text);

/// How many single changes make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace maestro
