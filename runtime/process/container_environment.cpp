#include "runtime/process/container_environment.hpp"

#include "runtime/process/files.hpp"
#include "runtime/process/variable_expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::size_t secret_limit = 1 << 20;

class variables {
public:
  void set(const std::string& name, const std::string& value) {
    auto [at, fresh] = places_.emplace(name, list_.size());
    if (fresh)
      list_.push_back(name + "=" + value);
    else
      list_[at->second] = name + "=" + value;
  }
  std::optional<std::string> find(std::string_view name) const {
    auto found = places_.find(std::string{name});
    if (found == places_.end())
      return std::nullopt;
    return list_[found->second].substr(name.size() + 1);
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (auto& line : list_) {
      auto end = line.find('=');
      visit(line.substr(0, end), line.substr(end + 1));
    }
  }
  std::vector<std::string> take() { return std::move(list_); }

private:
  std::vector<std::string> list_;
  std::unordered_map<std::string, std::size_t> places_;
};

failure wrong(const container& c, const environment_variable& v, const std::string& why) {
  return {ec::invalid_argument,
          fmt::format("container \"{}\": environment variable \"{}\": {}", c.name, v.name, why)};
}

bool plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

result<std::string> secret_value(const process_host_config& config, const container& c,
                                 const environment_variable& v) {
  auto& ref = *v.secret;
  if (!plain_file_name(ref.name) || !plain_file_name(ref.key))
    return wrong(c, v, fmt::format("secret \"{}\" key \"{}\" cannot be a file name", ref.name, ref.key));
  if (config.secrets_dir.empty())
    return wrong(c, v, fmt::format("secret \"{}\" is asked for but the node has no secrets directory", ref.name));
  auto value = read_file(fmt::format("{}/{}/{}", config.secrets_dir, ref.name, ref.key), secret_limit);
  if (!value)
    return wrong(c, v, fmt::format("secret \"{}\" has no readable key \"{}\"", ref.name, ref.key));
  if (!value->empty() && value->back() == '\n')
    value->pop_back();
  return std::move(*value);
}

result<std::string> field_value(const process_host_config& config, const create_instance& room, const container& c,
                                const environment_variable& v) {
  auto& path = *v.field_path;
  if (path == "metadata.name")
    return room.id.str();
  if (path == "metadata.namespace")
    return room.scheduler.str();
  if (path == "status.hostIP" || path == "status.podIP")
    return config.host;
  if (path == "spec.nodeName") {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return std::string{name};
  }
  return wrong(c, v,
               fmt::format("fieldPath \"{}\" is not known; known are metadata.name, metadata.namespace, "
                           "status.hostIP, status.podIP, spec.nodeName",
                           path));
}

result<std::string> value_of(const process_host_config& config, const create_instance& room, const container& c,
                             const environment_variable& v) {
  if (v.name.empty() || v.name.find('=') != std::string::npos || v.name.find('\0') != std::string::npos)
    return wrong(c, v, "the name must not be empty nor hold `=`");
  if (v.value)
    return *v.value;
  if (v.secret)
    return secret_value(config, c, v);
  if (v.field_path)
    return field_value(config, room, c, v);
  return std::string{};
}

} // namespace

std::string port_variable(const std::string& port_name) {
  std::string text = "MAESTRO_PORT_";
  for (char c : port_name) {
    auto letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    auto digit = c >= '0' && c <= '9';
    text += letter ? static_cast<char>(c & ~0x20) : digit ? c : '_';
  }
  return text;
}

std::string temporary_folder(const std::string& work) {
  return work + "/.tmp";
}

namespace {

/// Its own node's first; empty where there is no other.
std::string rooms_apis(const process_host_config& config) {
  auto others = config.other_doors ? config.other_doors() : std::vector<std::string>();
  if (others.empty() || config.rooms_api_url.empty())
    return {};
  return config.rooms_api_url + "," + fmt::format("{}", fmt::join(others, ","));
}

variables own_variables(const process_host_config& config, const create_instance& room) {
  variables own;
  own.set("MAESTRO_SCHEDULER_NAME", room.scheduler.str());
  own.set("MAESTRO_ROOM_ID", room.id.str());
  own.set("MAESTRO_ROOMS_API", config.rooms_api_url);
  if (auto doors = rooms_apis(config); !doors.empty())
    own.set("MAESTRO_ROOMS_APIS", doors);
  own.set("MAESTRO_NODE_MARK", config.node_mark);
  for (auto& port : room.ports)
    own.set(port_variable(port.name), std::to_string(port.port));
  return own;
}

result<std::string> expanded_value(const process_host_config& config, const create_instance& room,
                                   const container& c, const environment_variable& v, const find_variable& find) {
  auto value = value_of(config, room, c, v);
  if (!value || !v.value)
    return value; // secrets and fields are taken as they are
  auto expanded = expand_variables(*value, find);
  if (!expanded)
    return wrong(c, v, expanded.error().text);
  return expanded;
}

} // namespace

result<container_start> start_of_container(const process_host_config& config, const create_instance& room,
                                           const container& c, const std::string& work) {
  variables all;
  auto own = own_variables(config, room);
  auto find = [&](std::string_view name) {
    auto value = own.find(name); // nobody can put another in its place
    return value ? value : all.find(name);
  };
  for (auto& name : config.inherited_environment)
    if (auto* value = std::getenv(name.c_str()))
      all.set(name, value);
  all.set("HOME", work);
  all.set("TMPDIR", temporary_folder(work));
  for (auto& v : c.environment) {
    auto value = expanded_value(config, room, c, v, find);
    if (!value)
      return value.error();
    if (value->find('\0') != std::string::npos)
      return wrong(c, v, "its value holds a NUL byte");
    all.set(v.name, *value);
  }
  own.for_each([&](const std::string& name, const std::string& value) { all.set(name, value); });
  container_start start;
  for (auto& word : c.command) {
    auto expanded = expand_variables(word, find);
    if (!expanded)
      return failure{ec::invalid_argument, fmt::format("container \"{}\": command[{}]: {}", c.name,
                                                       start.command.size(), expanded.error().text)};
    start.command.push_back(std::move(*expanded));
  }
  start.environment = all.take();
  return start;
}

} // namespace maestro::process
