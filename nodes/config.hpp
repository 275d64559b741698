// Everything a node can be told: from a YAML file, from the environment (`MAESTRO_…`) and from the command line, in this
// order of growing precedence (behaviour.md 8.1; deploy/maestro.yaml explains every key). Read once, before anything
// starts; an unknown key or a bad value stops the start with a message that names it.
#pragma once

#include "messages/error.hpp"
#include "messages/settings.hpp"
#include "nodes/gateway/gateway_config.hpp"
#include "nodes/journal/journal_config.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/simulated/simulated_config.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace maestro {

enum class runtime_kind : std::uint8_t { process, simulated };
std::string to_string(runtime_kind kind);

/// The components of the seed; a node has all of them unless it is told otherwise.
enum class node_role : std::uint8_t {
  management_api,
  rooms_api,
  execution_worker,
  runtime_watcher,
  metrics_reporter,
};
std::string to_string(node_role role);

struct node_config {
  std::string data_dir = "./data"; ///< journal in <data_dir>/journal, rooms in <data_dir>/rooms
  std::set<node_role> roles{node_role::management_api, node_role::rooms_api, node_role::execution_worker,
                            node_role::runtime_watcher, node_role::metrics_reporter};
  runtime_kind runtime = runtime_kind::process;
  std::string log_level = "info";     ///< debug, info, warn, error, off
  std::string log_format = "console"; ///< console or json

  settings limits;
  gateway_config gateway;
  journal_config journal;
  process_host_config process;
  simulated_host_config simulated;

  std::vector<std::string> warnings; ///< keys that were read but mean nothing here, for the log

  bool has_role(node_role role) const { return roles.contains(role); }
};

/// What the command line says: key (as in the file, e.g. `api.port`) → value.
using config_overrides = std::map<std::string, std::string>;

/// `file` empty: defaults only. `environment`: all variables; those that start with MAESTRO_ are keys.
result<node_config> load_config(const std::string& file, const std::map<std::string, std::string>& environment,
                                const config_overrides& overrides);

} // namespace maestro
