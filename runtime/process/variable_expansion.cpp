#include "runtime/process/variable_expansion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::process {

namespace {

constexpr std::size_t longest = 128 * 1024; ///< of one word; the kernel takes no longer ones

bool is_name(std::string_view text) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_part);
}

/// The name in `(NAME)…`; empty where that is none.
std::string_view name_in(std::string_view text) {
  if (!text.starts_with('('))
    return {};
  auto name = text.substr(1, std::min(text.find(')'), text.size()) - 1);
  return name.size() + 1 < text.size() && is_name(name) ? name : std::string_view{};
}

} // namespace

result<std::string> expand_variables(std::string_view text, const find_variable& find) {
  std::string whole;
  while (!text.empty()) {
    auto dollar = std::min(text.find('$'), text.size());
    whole += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty())
      break;
    text.remove_prefix(1);
    if (auto name = name_in(text); !name.empty()) {
      auto value = find(name);
      if (!value)
        return failure{ec::invalid_argument,
                       fmt::format("$({0}) names no variable; write $$({0}) for the text itself", name)};
      whole += *value;
      text.remove_prefix(name.size() + 2);
    } else {
      bool is_escape = text.starts_with('$') && !name_in(text.substr(1)).empty();
      whole += '$';
      if (is_escape) {
        auto size = name_in(text.substr(1)).size() + 2;
        whole += text.substr(1, size);
        text.remove_prefix(1 + size);
      }
    }
    if (whole.size() > longest)
      break;
  }
  if (whole.size() > longest)
    return failure{ec::invalid_argument, fmt::format("it becomes longer than {} bytes", longest)};
  return whole;
}

} // namespace maestro::process
