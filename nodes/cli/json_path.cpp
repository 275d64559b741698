#include "nodes/cli/json_path.hpp"

#include "nodes/cli/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::cli {

namespace {

constexpr std::size_t longest_template = 4096;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw failure(exit_usage, fmt::format("jsonpath \"{}\": {}", text, why));
}

std::string trimmed(const std::string& text) {
  auto first = text.find_first_not_of(" \t\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

bool is_quoted(const std::string& text) {
  return text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
}

/// What a quoted text says: `\n`, `\t` and the escaped sign itself.
std::string unquoted(const std::string& text) {
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != '\\' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    auto next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

} // namespace

std::string bare_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

json_path json_path::parse(const std::string& given) {
  auto text = trimmed(given);
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}')
    text = trimmed(text.substr(1, text.size() - 2));
  if (text.starts_with("$"))
    text.erase(0, 1);
  json_path path;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '[') {
      auto close = text.find(']', at);
      if (close == std::string::npos)
        refuse(given, "missing ]");
      auto inside = trimmed(text.substr(at + 1, close - at - 1));
      at = close + 1;
      auto is_number = !inside.empty() &&
                       inside.find_first_not_of("0123456789", inside[0] == '-') == std::string::npos &&
                       inside != "-" && inside.size() < 10;
      if (inside == "*")
        path.steps_.push_back({step::kind::all, "", 0});
      else if (is_quoted(inside))
        path.steps_.push_back({step::kind::field, unquoted(inside), 0});
      else if (is_number)
        path.steps_.push_back({step::kind::index, "", std::stol(inside)});
      else
        refuse(given, fmt::format("[{}] is neither an index, nor [*], nor a quoted name", inside));
      continue;
    }
    if (text[at] == '.' && ++at < text.size() && text[at] == '.')
      refuse(given, "`..` is not supported");
    auto end = std::min(text.find_first_of(".[", at), text.size());
    auto name = text.substr(at, end - at);
    at = end;
    if (name == "*")
      path.steps_.push_back({step::kind::all, "", 0});
    else if (!name.empty())
      path.steps_.push_back({step::kind::field, name, 0});
    else if (end < text.size() && text[end] == '.')
      refuse(given, "a field without a name");
  }
  return path;
}

std::vector<const json*> json_path::find(const json& root) const {
  std::vector<const json*> found{&root};
  for (auto& one : steps_) {
    std::vector<const json*> next;
    for (auto* value : found) {
      if (one.what == step::kind::all && value->is_structured()) {
        for (auto& item : *value)
          next.push_back(&item);
      } else if (one.what == step::kind::field && value->is_object()) {
        if (auto field = value->find(one.name); field != value->end())
          next.push_back(&*field);
      } else if (one.what == step::kind::index && value->is_array()) {
        auto size = static_cast<long>(value->size());
        auto index = one.index < 0 ? size + one.index : one.index;
        if (index >= 0 && index < size)
          next.push_back(&(*value)[static_cast<std::size_t>(index)]);
      }
    }
    found = std::move(next);
  }
  return found;
}

std::vector<json_template::part> json_template::parts_of(const std::string& text, std::size_t& at, bool in_range) {
  std::vector<part> parts;
  while (at < text.size()) {
    auto open = text.find('{', at);
    if (open != at)
      parts.push_back({part::kind::text, text.substr(at, open - at), {}, {}});
    if (open == std::string::npos) {
      at = text.size();
      break;
    }
    auto close = text.find('}', open);
    if (close == std::string::npos)
      refuse(text, "missing }");
    auto inside = trimmed(text.substr(open + 1, close - open - 1));
    at = close + 1;
    if (inside == "end") {
      if (!in_range)
        refuse(text, "{end} without {range}");
      return parts;
    }
    if (inside.starts_with("range ")) {
      auto path = json_path::parse(inside.substr(6));
      parts.push_back({part::kind::range, "", std::move(path), parts_of(text, at, true)});
    } else if (is_quoted(inside)) {
      parts.push_back({part::kind::text, unquoted(inside), {}, {}});
    } else {
      parts.push_back({part::kind::path, "", json_path::parse(inside), {}});
    }
  }
  if (in_range)
    refuse(text, "{range} without {end}");
  return parts;
}

json_template json_template::parse(const std::string& text) {
  if (text.size() > longest_template) // ranges are read by recursion
    refuse(text.substr(0, 40) + "…", fmt::format("longer than {} bytes", longest_template));
  json_template made;
  std::size_t at = 0;
  if (text.find('{') == std::string::npos)
    made.parts_.push_back({part::kind::path, "", json_path::parse(text), {}});
  else
    made.parts_ = parts_of(text, at, false);
  return made;
}

std::string json_template::rendered(const std::vector<part>& parts, const json& root) {
  std::string out;
  for (auto& one : parts) {
    if (one.what == part::kind::text) {
      out += one.text;
      continue;
    }
    std::size_t count = 0;
    for (auto* value : one.path.find(root)) {
      if (one.what == part::kind::range)
        out += rendered(one.inner, *value);
      else
        out += (count++ == 0 ? "" : " ") + bare_text(*value);
    }
  }
  return out;
}

std::string json_template::render(const json& root) const {
  return rendered(parts_, root);
}

} // namespace maestro::cli
