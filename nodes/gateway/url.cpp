#include "nodes/gateway/url.hpp"

#include "messages/struct_json.hpp"

#include <fmt/format.h>

#include <charconv>

namespace maestro {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The broken escape, if there is one.
std::optional<std::string> decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      auto escape = text.substr(i, 3);
      auto high = escape.size() == 3 ? hex_digit(escape[1]) : -1;
      auto low = escape.size() == 3 ? hex_digit(escape[2]) : -1;
      if (high < 0 || low < 0)
        return std::string(escape);
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out += c;
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

} // namespace

std::optional<request_path> split_target(std::string_view target) {
  if (auto scheme = target.find("://"); scheme != target.npos && !target.starts_with('/')) {
    auto path = target.find('/', scheme + 3);
    target = path == target.npos ? std::string_view("/") : target.substr(path);
  }
  if (!target.starts_with('/'))
    return std::nullopt;
  request_path split;
  auto question = target.find('?');
  if (question != target.npos)
    split.query = target.substr(question + 1);
  std::string path;
  if (decode(target.substr(1, question == target.npos ? question : question - 1), false, path))
    return std::nullopt;
  for (std::size_t start = 0;;) {
    auto slash = path.find('/', start);
    split.segments.push_back(path.substr(start, slash == path.npos ? slash : slash - start));
    if (slash == path.npos)
      return split;
    start = slash + 1;
  }
}

result<query_parameters> query_parameters::parse(std::string_view text) {
  query_parameters parsed;
  while (!text.empty()) {
    auto end = text.find('&');
    auto pair = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty())
      continue;
    if (pair.find(';') != pair.npos)
      return failure{ec::invalid_argument, "invalid semicolon separator in query"};
    auto equals = pair.find('=');
    auto& [name, value] = parsed.pairs_.emplace_back();
    auto broken = decode(pair.substr(0, equals), true, name);
    if (!broken && equals != pair.npos)
      broken = decode(pair.substr(equals + 1), true, value);
    if (broken)
      return failure{ec::invalid_argument, "invalid URL escape " + in_quotes(*broken)};
  }
  return parsed;
}

void query_parameters::append(query_parameters other) {
  for (auto& pair : other.pairs_)
    pairs_.push_back(std::move(pair));
}

result<std::optional<std::string>> query_parameters::find(std::string_view snake, std::string_view camel) const {
  std::optional<std::string> found;
  for (auto spelling : {snake, camel}) {
    std::string all;
    std::size_t count = 0;
    for (auto& [name, value] : pairs_) {
      if (name != spelling)
        continue;
      all += count++ == 0 ? value : ", " + value;
    }
    if (count > 1)
      return failure{ec::invalid_argument, fmt::format("too many values for field \"{}\": {}", snake, all)};
    if (count == 1)
      found = all;
    if (snake == camel)
      break;
  }
  return found;
}

result<std::string> query_parameters::text(std::string_view snake, std::string_view camel) const {
  auto found = find(snake, camel);
  if (!found)
    return found.error();
  return (*found).value_or("");
}

result<std::optional<std::uint64_t>> query_parameters::number(std::string_view snake, std::string_view camel,
                                                              std::uint64_t largest) const {
  auto found = find(snake, camel);
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<std::uint64_t>();
  auto& text = **found;
  std::uint64_t value = 0;
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, value);
  bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (digits && read.ec == std::errc{} && value <= largest)
    return std::optional<std::uint64_t>(value);
  return failure{ec::invalid_argument,
                 fmt::format("parsing field \"{}\": strconv.ParseUint: parsing {}: {}", snake, in_quotes(text),
                             digits ? "value out of range" : "invalid syntax")};
}

result<std::optional<bool>> query_parameters::truth(std::string_view snake, std::string_view camel) const {
  auto found = find(snake, camel);
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<bool>();
  auto& text = **found;
  for (auto* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes)
      return std::optional<bool>(true);
  for (auto* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no)
      return std::optional<bool>(false);
  return failure{
      ec::invalid_argument,
      fmt::format("parsing field \"{}\": strconv.ParseBool: parsing {}: invalid syntax", snake, in_quotes(text))};
}

} // namespace maestro
