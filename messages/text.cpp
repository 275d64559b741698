#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
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

} // namespace maestro
