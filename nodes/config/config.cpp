#include "nodes/config/config.hpp"

#include "messages/text.hpp"
#include "nodes/config/client_address.hpp"
#include "nodes/config/config_keys.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

namespace maestro {

namespace {

/// Variables of ours that are no configuration: what game servers get, and what marks processes.
constexpr std::string_view foreign_variables[] = {"MAESTRO_SCHEDULER_NAME", "MAESTRO_ROOM_ID",
                                                  "MAESTRO_ROOMS_API",      "MAESTRO_PORT_*",
                                                  "MAESTRO_NODE_MARK",      "MAESTRO_SERVER"};

constexpr std::size_t typo_distance = 2; ///< changes between a name of ours and one that was surely meant to be it

/// `tcp://10.0.0.7:8080`: container platforms give every process a variable like MAESTRO_PORT for a service that is
/// called maestro.
bool is_service_link(std::string_view value) {
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty())
    return text.empty();
  if (pattern.front() != '*')
    return !text.empty() && text.front() == pattern.front() && matches(pattern.substr(1), text.substr(1));
  for (std::size_t skip = 0; skip <= text.size(); ++skip)
    if (matches(pattern.substr(1), text.substr(skip)))
      return true;
  return false;
}

/// What comes along with such a link.
bool is_made_for_a_service(std::string_view name) {
  constexpr std::string_view made[] = {"*_SERVICE_HOST", "*_SERVICE_PORT", "*_SERVICE_PORT_*", "*_TCP_*",
                                       "*_UDP_*"};
  return std::any_of(std::begin(made), std::end(made), [&](auto pattern) { return matches(pattern, name); });
}

std::string suggestion_for(const std::string& path, const config_table& table) {
  const config_key* best = nullptr;
  std::size_t best_distance = 1 + path.size() / 4;
  for (auto& key : table.keys())
    if (auto d = edit_distance(lower_case(path), lower_case(key.path));
        d <= best_distance && (!best || d < best_distance)) {
      best = &key;
      best_distance = d;
    }
  return best ? "; did you mean `" + best->path + "`?" : "";
}

class layers {
public:
  layers() = default;
  layers(const layers&) = delete; // the table points into the configuration
  layers& operator=(const layers&) = delete;

  /// `where` names the source in messages, e.g. `maestro.yaml line 3`.
  result<done> set(const std::string& where, const std::string& path, const std::string& value) {
    auto lower = lower_case(path);
    for (auto& key : table_.keys())
      if (lower_case(key.path) == lower)
        return apply(where, key, value);
    for (auto& [pattern, why] : ignored_keys())
      if (matches(pattern, lower))
        return ignore(where, path, why);
    return failure{ec::invalid_argument, where + ": unknown key `" + path + "`" + suggestion_for(path, table_)};
  }

  result<done> set_from_environment(const std::string& name, const std::string& value) {
    for (auto pattern : foreign_variables)
      if (matches(pattern, name))
        return done{};
    auto where = "environment variable " + name;
    bool is_link = is_service_link(value);
    for (auto& key : table_.keys())
      if (environment_name(key.path) == name)
        return is_link ? ignore(where, name, "its value is a link to a service of that name")
                       : apply(where, key, value);
    for (auto& [pattern, why] : ignored_keys())
      if (matches(environment_name(pattern), name))
        return ignore(where, name, why);
    if (is_link || is_made_for_a_service(name))
      return done{};
    for (auto& key : table_.keys())
      if (edit_distance(environment_name(key.path), name) <= typo_distance)
        return failure{ec::invalid_argument, where + " is no known key"};
    return ignore(where, name, "it is no known key");
  }

  node_config config;

private:
  config_table table_ = config_keys(config);

  result<done> apply(const std::string& where, const config_key& key, const std::string& value) {
    if (!key.set(value))
      return failure{ec::invalid_argument,
                     where + ": " + key.path + " is `" + value + "` but must be " + key.limit};
    return done{};
  }
  result<done> ignore(const std::string& where, const std::string& path, std::string_view why) {
    config.warnings.push_back(where + ": `" + path + "` has no effect: " + std::string(why));
    return done{};
  }
};

result<done> read_node(layers& into, const std::string& file, const std::string& path, const YAML::Node& node) {
  auto where = file + " line " + std::to_string(node.Mark().line + 1);
  if (node.IsNull())
    return done{};
  if (node.IsScalar())
    return into.set(where, path, node.Scalar());
  if (node.IsSequence()) {
    std::vector<std::string> items;
    for (auto& item : node) {
      if (!item.IsScalar())
        return failure{ec::invalid_argument, where + ": " + path + " must be a list of plain values"};
      items.push_back(item.Scalar());
    }
    return into.set(where, path, join_list(items));
  }
  for (auto& entry : node) {
    if (!entry.first.IsScalar())
      return failure{ec::invalid_argument, where + ": a key must be a plain word"};
    auto name = entry.first.Scalar();
    if (auto outcome = read_node(into, file, path.empty() ? name : path + "." + name, entry.second); !outcome)
      return outcome;
  }
  return done{};
}

result<done> read_file(layers& into, const std::string& file) {
  if (!std::filesystem::is_regular_file(file))
    return failure{ec::invalid_argument, "there is no configuration file " + file};
  try {
    auto root = YAML::LoadFile(file);
    if (!root.IsNull() && !root.IsMap())
      return failure{ec::invalid_argument, file + ": must be a YAML map of keys"};
    return read_node(into, file, {}, root);
  } catch (const YAML::Exception& problem) {
    return failure{ec::invalid_argument, file + ": " + problem.what()};
  }
}

result<done> check_order(const char* lower_path, duration lower, const char* upper_path, duration upper) {
  if (lower <= upper)
    return done{};
  return failure{ec::invalid_argument, std::string(lower_path) + " is `" + show_duration(lower) +
                                           "` but must not exceed " + upper_path + ", which is `" +
                                           show_duration(upper) + "`"};
}

/// No two doors at one port; 0 is any, or none.
result<done> check_ports(const gateway_config& doors) {
  const std::pair<const char*, std::uint16_t> ports[] = {{"api.port", doors.management_port},
                                                         {"roomsApi.port", doors.rooms_port},
                                                         {"internalApi.port", doors.internal_port},
                                                         {"api.grpcPort", doors.management_grpc_port},
                                                         {"roomsApi.grpcPort", doors.rooms_grpc_port}};
  for (auto one = std::begin(ports); one != std::end(ports); ++one)
    for (auto other = one + 1; other != std::end(ports); ++other)
      if (one->second != 0 && one->second == other->second)
        return failure{ec::invalid_argument, std::string(one->first) + " is `" + std::to_string(one->second) +
                                                 "` but must differ from " + other->first};
  return done{};
}

/// A new version comes in one batch, and its recipe stands in the version, in the end of its operation and in the operation
/// that is kept. A batch that the store never takes would be made again and again.
result<done> check_recipes_fit(const node_config& config) {
  constexpr std::uint64_t recipes_in_a_batch = 3;
  std::uint64_t recipe = config.gateway.recipes.scheduler_bytes;
  std::uint64_t batch = config.cluster.journal.lot_bytes;
  if (config.cluster.is_alone() || recipe <= batch / recipes_in_a_batch)
    return done{};
  return failure{ec::invalid_argument,
                 fmt::format("limits.schedulerBytes is `{}` but must be at most {}, a third of "
                             "cluster.journal.maxTransactionBytes, which is `{}`",
                             recipe, batch / recipes_in_a_batch, batch)};
}

/// The host of `http://name:80/…`; empty when there is none.
std::string host_of(const std::string& url) {
  auto start = url.find("://");
  if (start == url.npos)
    return {};
  auto host = url.substr(start + 3, url.find('/', start + 3) - start - 3);
  return host.substr(0, host.rfind(':') == host.npos || host.ends_with(']') ? host.size() : host.rfind(':'));
}

result<done> find_host(const std::string& key, std::string& host, node_config& config) {
  auto found = address_for_clients(key, host, config.gateway.bind_address);
  if (!found)
    return found.error();
  host = found->host;
  if (!found->warning.empty())
    config.warnings.push_back(found->warning);
  return done{};
}

/// What several keys decide together.
result<node_config> complete(node_config config) {
  if (config.journal.path.empty())
    config.journal.path = (std::filesystem::path(config.data_dir) / "journal").string();
  auto& settings = config.settings;
  if (auto ordered = check_order("healthController.replacementBackoffMin", settings.replacement_backoff_min,
                                 "healthController.replacementBackoffMax", settings.replacement_backoff_max);
      !ordered)
    return ordered.error();
  auto& gateway = config.gateway;
  if (auto different = check_ports(gateway); !different)
    return different.error();
  if (auto fits = check_recipes_fit(config); !fits)
    return fits.error();
  result<done> valid = done{};
  for_each_runtime(config.runtimes, [&](auto& one) {
    if constexpr (requires { one.host, one.rooms_api_url; }) {
      if (config.runtime == one.runtime_name)
        valid = find_host(std::string(one.runtime_name) + ".host", one.host, config);
      for (auto& host : {one.host, host_of(one.rooms_api_url)})
        if (!host.empty())
          gateway.own_hosts.push_back(host);
    }
  });
  for_each_runtime(config.runtimes, [&](auto& one) {
    if (valid)
      valid = validate(one);
  });
  if (!valid)
    return valid.error();
  return config;
}

} // namespace

std::string to_string(node_role role) {
  switch (role) {
  case node_role::management_api: return "management_api";
  case node_role::rooms_api: return "rooms_api";
  case node_role::execution_worker: return "execution_worker";
  case node_role::runtime_watcher: return "runtime_watcher";
  case node_role::metrics_reporter: return "metrics_reporter";
  }
  return "invalid";
}

const std::set<node_role>& all_roles() {
  static const std::set<node_role> roles{node_role::management_api, node_role::rooms_api,
                                         node_role::execution_worker, node_role::runtime_watcher,
                                         node_role::metrics_reporter};
  return roles;
}

result<node_config> load_config(const std::string& file, const std::map<std::string, std::string>& environment,
                                const config_overrides& overrides) {
  layers all;
  if (!file.empty())
    if (auto outcome = read_file(all, file); !outcome)
      return outcome.error();
  for (auto& [name, value] : environment)
    if (name.starts_with("MAESTRO_"))
      if (auto outcome = all.set_from_environment(name, value); !outcome)
        return outcome.error();
  for (auto& [path, value] : overrides)
    if (auto outcome = all.set("command line", path, value); !outcome)
      return outcome.error();
  return complete(all.config);
}

} // namespace maestro
