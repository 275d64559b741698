#include "nodes/gateway/json_number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

namespace maestro {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at]))
    ++at;
  return at;
}

/// `-12.50e1` as `-125`; nothing when there is a fraction left or far more digits than any integer has.
std::optional<std::string> integral_digits(std::string_view text) {
  bool negative = text.front() == '-';
  if (negative)
    text.remove_prefix(1);
  auto exponent_at = text.find_first_of("eE");
  long exponent = 0;
  if (exponent_at != text.npos) {
    auto digits = text.substr(exponent_at + 1);
    if (digits.front() == '+')
      digits.remove_prefix(1);
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc{})
      exponent = digits.front() == '-' ? -1'000'000 : 1'000'000;
    text = text.substr(0, exponent_at);
  }
  auto dot = text.find('.');
  std::string digits(text.substr(0, dot));
  if (dot != text.npos) {
    digits += text.substr(dot + 1);
    exponent -= static_cast<long>(text.size() - dot - 1);
  }
  if (digits.find_first_not_of('0') == digits.npos)
    return "0";
  for (; exponent < 0; ++exponent) {
    if (digits.back() != '0')
      return std::nullopt;
    digits.pop_back();
  }
  if (exponent > 20)
    return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (negative)
    digits.insert(digits.begin(), '-');
  return digits;
}

template <class Int>
std::optional<Int> read_integer(std::string_view text) {
  Int value{};
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc{} && read.ptr == end)
    return value;
  auto digits = integral_digits(text);
  if (!digits)
    return std::nullopt;
  end = digits->data() + digits->size();
  read = std::from_chars(digits->data(), end, value);
  if (read.ec == std::errc{} && read.ptr == end)
    return value;
  return std::nullopt;
}

template <class Float>
std::optional<Float> read_float(std::string_view text) {
  Float value{};
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc{})
    return value;
  auto wide = std::strtod(std::string(text).c_str(), nullptr);
  if (std::abs(wide) > 1)
    return std::nullopt;
  return static_cast<Float>(wide);
}

} // namespace

bool is_json_number(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  if (at == text.size() || !is_digit(text[at]))
    return false;
  at = text[at] == '0' ? at + 1 : skip_digits(text, at);
  if (at < text.size() && text[at] == '.') {
    auto end = skip_digits(text, at + 1);
    if (end == at + 1)
      return false;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-'))
      ++at;
    auto end = skip_digits(text, at);
    if (end == at)
      return false;
    at = end;
  }
  return at == text.size();
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  return read_integer<std::int64_t>(text);
}

std::optional<std::uint64_t> unsigned_of(std::string_view text) {
  return read_integer<std::uint64_t>(text == "-0" ? "0" : text);
}

std::optional<double> double_of(std::string_view text) {
  return read_float<double>(text);
}

std::optional<float> float_of(std::string_view text) {
  return read_float<float>(text);
}

} // namespace maestro
