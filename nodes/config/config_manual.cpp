#include "nodes/config/config_manual.hpp"

#include "messages/text.hpp"
#include "nodes/config/config_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace maestro {

namespace {

constexpr const char* head =
    R"(# Maestro's configuration: every key with its meaning, what it may be, its default and the version that understood
# it first. The values below are the defaults, so an empty file says the same; a file needs only what differs.
#
# A key can also be set by the environment (MAESTRO_ and the path in capitals, `_` for `.`:
# MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL=5s), which is stronger than this file; the command line is stronger still.
# Keys are compared without regard to case. A key that is not here or a value outside its limits stops the start, except
# keys of the original that have no meaning here (Redis, Postgres, Kubernetes, tracing): those are only warned about.
#
# This page is what `maestro config` prints.
)";

std::vector<std::string> parts_of(std::string path) {
  for (auto& c : path)
    if (c == '.')
      c = ',';
  return split_list(path);
}

std::string wrapped(const std::string& text, const std::string& indent) {
  std::string out, line;
  auto flush = [&] {
    if (!line.empty())
      out += indent + "#" + line + "\n";
    line.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find(' ', at), text.size());
    auto word = text.substr(at, end - at);
    if (indent.size() + line.size() + word.size() > 110)
      flush();
    line += " " + word;
    at = end + 1;
  }
  flush();
  return out;
}

std::string in_quotes(const std::string& value) {
  if (parse_number(value) || value == "true" || value == "false")
    return value;
  return "\"" + value + "\"";
}

/// Whoever describes keys does so by subject; a mapping of YAML is said once, where its first key stands.
std::vector<explained_key> with_mappings_together(std::vector<explained_key> keys) {
  std::map<std::string, std::size_t> firsts;
  std::vector<std::pair<std::vector<std::size_t>, std::size_t>> order;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::vector<std::size_t> places;
    std::string prefix;
    for (auto& part : parts_of(keys[i].path))
      places.push_back(firsts.emplace(prefix += "." + part, i).first->second);
    order.emplace_back(std::move(places), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<explained_key> sorted;
  for (auto& [places, i] : order)
    sorted.push_back(std::move(keys[i]));
  return sorted;
}

} // namespace

std::vector<explained_key> explained_keys() {
  node_config defaults;
  std::vector<explained_key> keys;
  auto table = config_keys(defaults);
  for (auto& key : table.keys())
    keys.push_back({key.path, key.meaning, key.limit, key.since, key.show()});
  return with_mappings_together(std::move(keys));
}

std::string config_manual() {
  std::string page = head;
  std::vector<std::string> open;
  for (auto& key : explained_keys()) {
    auto parts = parts_of(key.path);
    auto name = parts.back();
    parts.pop_back();
    std::size_t common = 0;
    while (common < std::min(open.size(), parts.size()) && open[common] == parts[common])
      ++common;
    for (auto level = common; level < parts.size(); ++level)
      page += (level == 0 ? "\n" : "") + std::string(2 * level, ' ') + parts[level] + ":\n";
    if (parts.empty())
      page += "\n";
    open = parts;
    std::string indent(2 * parts.size(), ' ');
    page += wrapped(key.meaning, indent);
    page += wrapped(fmt::format("({}; since {})", key.limit, key.since), indent);
    page += indent + name + ": " + in_quotes(key.fallback) + "\n";
  }
  return page;
}

} // namespace maestro
