#include "runtime/process/room_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace maestro::process {

namespace {

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string_view take_word(std::string_view& text) {
  auto end = std::min(text.find(' '), text.size());
  auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

template <class Number>
bool to_number(std::string_view text, Number& value) {
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && at == text.data() + text.size();
}

bool parse_port(std::string_view text, std::vector<host_port>& ports) {
  host_port port;
  port.protocol = take_word(text);
  auto number = to_number(take_word(text), port.port);
  port.name = text;
  ports.push_back(std::move(port));
  return number;
}

bool parse_line(std::string_view line, room_identity& it) {
  auto key = take_word(line);
  if (key == "id")
    it.id = room_id{std::string{line}};
  else if (key == "scheduler")
    it.scheduler = scheduler_name{std::string{line}};
  else if (key == "version")
    it.version = line;
  else if (key == "container")
    it.containers.emplace_back(line);
  else if (key == "program")
    it.programs.emplace_back(line);
  else if (key == "memory_limit")
    it.memory_limit = line;
  else if (key == "cgroup")
    it.cgroups.emplace_back(line);
  else if (key == "artifact")
    it.artifacts.emplace_back(line);
  else if (key == "boot")
    it.boot = line;
  else if (key == "failure")
    it.failure = line;
  else if (key == "grace_ms")
    return to_number(line, it.grace_ms);
  else if (key == "user")
    return to_number(line, it.user);
  else if (key == "port")
    return parse_port(line, it.ports);
  else
    return false;
  return true;
}

} // namespace

std::string format_identity(const room_identity& it) {
  auto out = fmt::format("maestro-room 1\nid {}\nscheduler {}\nversion {}\n", it.id.str(), it.scheduler.str(),
                         one_line(it.version));
  for (auto& port : it.ports)
    out += fmt::format("port {} {} {}\n", port.protocol, port.port, one_line(port.name));
  for (auto& name : it.containers)
    out += fmt::format("container {}\n", name);
  for (auto& program : it.programs)
    out += fmt::format("program {}\n", one_line(program));
  out += fmt::format("memory_limit {}\n", one_line(it.memory_limit));
  for (auto& directory : it.cgroups)
    out += fmt::format("cgroup {}\n", directory);
  for (auto& pattern : it.artifacts)
    out += fmt::format("artifact {}\n", one_line(pattern));
  out += fmt::format("user {}\nboot {}\ngrace_ms {}\nfailure {}\nend\n", it.user, it.boot, it.grace_ms,
                     one_line(it.failure));
  return out;
}

std::optional<room_identity> parse_identity(std::string_view text) {
  constexpr std::string_view head = "maestro-room 1\n";
  constexpr std::string_view tail = "\nend\n";
  if (!text.starts_with(head) || !text.ends_with(tail))
    return std::nullopt;
  text.remove_prefix(head.size());
  text.remove_suffix(tail.size() - 1);
  room_identity it;
  while (!text.empty()) {
    auto end = text.find('\n');
    if (!parse_line(text.substr(0, end), it))
      return std::nullopt;
    text.remove_prefix(end + 1);
  }
  if (!is_safe_name(it.id.str()) || !is_safe_name(it.scheduler.str()) ||
      it.programs.size() != it.containers.size())
    return std::nullopt;
  return it;
}

bool is_safe_name(std::string_view name) {
  auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 200 && name[0] != '.' && std::all_of(name.begin(), name.end(), safe);
}

} // namespace maestro::process
