#include "messages/quantities.hpp"

#include <charconv>
#include <limits>

namespace maestro {

namespace {

// quantity := digits [ "." digits ] suffix, value = mantissa * 10^decimal * 2^binary
struct scale {
  int decimal = 0;
  int binary = 0;
};

std::optional<scale> parse_suffix(std::string_view suffix) {
  struct known {
    std::string_view text;
    scale value;
  };
  static constexpr known all[] = {
      {"", {}},        {"n", {-9, 0}},  {"u", {-6, 0}},  {"m", {-3, 0}},  {"k", {3, 0}},   {"M", {6, 0}},
      {"G", {9, 0}},   {"T", {12, 0}},  {"P", {15, 0}},  {"E", {18, 0}},  {"Ki", {0, 10}}, {"Mi", {0, 20}},
      {"Gi", {0, 30}}, {"Ti", {0, 40}}, {"Pi", {0, 50}}, {"Ei", {0, 60}},
  };
  for (auto& candidate : all)
    if (candidate.text == suffix)
      return candidate.value;
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E'))
    return std::nullopt;
  suffix.remove_prefix(suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  auto [at, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), exponent);
  if (error != std::errc{} || at != suffix.data() + suffix.size() || exponent < -100 || exponent > 100)
    return std::nullopt;
  return scale{exponent, 0};
}

__extension__ using wide = unsigned __int128;
constexpr wide wide_limit = static_cast<wide>(1) << 96;

/// mantissa * 10^decimal * 2^binary, rounded up; none beyond the limit.
std::optional<std::int64_t> apply(wide mantissa, scale by) {
  for (; by.decimal > 0 && mantissa != 0; --by.decimal)
    if ((mantissa *= 10) > wide_limit)
      return std::nullopt;
  for (; by.binary > 0 && mantissa != 0; --by.binary)
    if ((mantissa *= 2) > wide_limit)
      return std::nullopt;
  bool remainder = false;
  for (; by.decimal < 0 && mantissa != 0; ++by.decimal) {
    remainder = remainder || mantissa % 10 != 0;
    mantissa /= 10;
  }
  if (remainder)
    ++mantissa;
  if (mantissa > static_cast<wide>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return static_cast<std::int64_t>(mantissa);
}

std::optional<std::int64_t> parse(std::string_view text, int extra_decimal) {
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  wide mantissa = 0;
  int fraction = 0;
  std::size_t digits = 0;
  bool after_point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !after_point) {
      after_point = true;
    } else if (text[at] >= '0' && text[at] <= '9') {
      mantissa = mantissa * 10 + static_cast<unsigned>(text[at] - '0');
      fraction += after_point ? 1 : 0;
      if (++digits > 27)
        return std::nullopt;
    } else {
      break;
    }
  }
  auto suffix = parse_suffix(text.substr(at));
  if (digits == 0 || !suffix)
    return std::nullopt;
  suffix->decimal += extra_decimal - fraction;
  return apply(mantissa, *suffix);
}

} // namespace

std::optional<std::int64_t> parse_quantity_milli(std::string_view text) {
  return parse(text, 3);
}

std::optional<std::int64_t> parse_quantity(std::string_view text) {
  return parse(text, 0);
}

} // namespace maestro
