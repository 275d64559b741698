// Plain values as people write them, each read from and shown as text: durations, numbers, truths, lists; and how far
// one word is from another, for those who mistype; and the words of HTTP and RFC 3339. For the configuration, the doors,
// the command line and whoever else reads what people wrote.
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

/// ASCII letters only; everything else stays.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);

/// How many single changes make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Seconds since 1970 and what is left of a second: wider than `timestamp`, which ends in 2262.
struct utc_time {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};
/// RFC 3339 in UTC: `2026-11-24T10:00:00Z`, with at most nine digits of a fraction. Other offsets are refused.
std::optional<utc_time> parse_rfc3339(std::string_view text);

/// The method as metrics know it: one of HTTP's, else `other`, so that clients cannot invent label values. Lives as
/// long as the process.
std::string_view known_http_method(std::string_view method);

} // namespace maestro
