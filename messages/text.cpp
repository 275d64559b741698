#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace maestro {

namespace {

struct unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
// Longer names first, so that `ms` is not read as minutes.
constexpr std::array<unit, 7> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"\u00b5s", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"h", 3'600'000'000'000}}};

/// The number that the digits from `at` make; nothing when one of them is none.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (auto i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// `.5` as 500,000,000; nothing when it is no fraction.
std::optional<std::int32_t> fraction(std::string_view text) {
  if (text.empty())
    return 0;
  if (text[0] != '.' || text.size() < 2 || text.size() > 10)
    return std::nullopt;
  auto value = digits(text, 1, text.size() - 1);
  for (auto i = text.size(); value && i < 10; ++i)
    *value *= 10;
  return value;
}

} // namespace

std::optional<duration> parse_duration(std::string_view text) {
  if (text == "0")
    return duration{0};
  double total = 0;
  if (text.empty())
    return std::nullopt;
  while (!text.empty()) {
    double amount = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (error != std::errc{} || amount < 0 || std::signbit(amount))
      return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    auto found = std::find_if(units.begin(), units.end(), [&](auto& u) { return text.starts_with(u.name); });
    if (found == units.end())
      return std::nullopt;
    text.remove_prefix(found->name.size());
    total += amount * static_cast<double>(found->nanoseconds);
  }
  if (total > 9e18)
    return std::nullopt;
  return duration{std::llround(total)};
}

std::string show_duration(duration value) {
  auto left = value.count();
  std::string text;
  auto take = [&](std::int64_t size, const char* name) {
    if (left >= size)
      text += fmt::format("{}{}", left / size, name);
    left %= size;
  };
  take(3'600'000'000'000, "h");
  take(60'000'000'000, "m");
  take(1'000'000'000, "s");
  take(1'000'000, "ms");
  take(1'000, "us");
  take(1, "ns");
  return text.empty() ? "0s" : text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string show_number(double value) {
  return fmt::format("{}", value);
}

std::optional<bool> parse_bool(std::string_view text) {
  auto word = lower_case(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1")
    return true;
  if (word == "false" || word == "no" || word == "off" || word == "0")
    return false;
  return std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    auto item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!item.empty() && blank(item.front()))
      item.remove_prefix(1);
    while (!item.empty() && blank(item.back()))
      item.remove_suffix(1);
    if (!item.empty())
      items.emplace_back(item);
  }
  return items;
}

std::string join_list(const std::vector<std::string>& items) {
  std::string text;
  for (auto& item : items)
    text += (text.empty() ? "" : ",") + item;
  return text;
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

std::optional<utc_time> parse_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size() || text.back() != 'Z')
    return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
      return std::nullopt;
  auto number = [&](std::size_t at, std::size_t count) { return *digits(text, at, count); };
  auto day = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
  auto hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  auto nanos = fraction(text.substr(shape.size(), text.size() - shape.size() - 1));
  if (!day.ok() || hour > 23 || minute > 59 || second > 60 || !nanos)
    return std::nullopt;
  std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return utc_time{((days * 24 + hour) * 60 + minute) * 60 + second, *nanos};
}

std::string_view known_http_method(std::string_view method) {
  constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  auto found = std::find(known.begin(), known.end(), method);
  return found == known.end() ? std::string_view("other") : *found;
}

} // namespace maestro
