#include "nodes/config/config_manual.hpp"

#include "messages/text.hpp"
#include "nodes/config/config_keys.hpp"

#include <fmt/format.h>

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

std::string quoted(const std::string& value) {
  if (parse_number(value) || value == "true" || value == "false")
    return value;
  return "\"" + value + "\"";
}

} // namespace

std::string config_manual() {
  std::string page = head;
  std::vector<std::string> open;
  node_config defaults;
  auto table = config_keys(defaults);
  for (auto& key : table.keys()) {
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
    page += indent + name + ": " + quoted(key.show()) + "\n";
  }
  return page;
}

} // namespace maestro
