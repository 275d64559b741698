// Everything a node is told at its start. Layers, the later the stronger: the defaults, a YAML file, the
// environment (`MAESTRO_` and the key's path in capitals with `_` for `.`; other names are no configuration, only one
// that is nearly a key's is taken for a mistake), the command line. Keys are the
// original's where the concept exists (proto/README.md 8.1); nodes/config/config_keys lists all of them and
// deploy/maestro.yaml explains them. Called by nodes/node_command before anything is spawned: what it returns is
// valid, or the node does not start.
#pragma once

#include "messages/error.hpp"
#include "messages/settings.hpp"
#include "nodes/cluster/cluster_config.hpp"
#include "nodes/forwarding/matchmaker_channels.hpp"
#include "nodes/gateway/gateway_config.hpp"
#include "nodes/journal/journal_config.hpp"
#include "nodes/logging.hpp"
#include "runtime/runtime_configs.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace maestro {

/// The components of the seed; a node has all of them unless it is told otherwise.
enum class node_role : std::uint8_t {
  management_api,
  rooms_api,
  execution_worker,
  runtime_watcher,
  metrics_reporter,
};
std::string to_string(node_role role);
const std::set<node_role>& all_roles();

struct node_config {
  std::string data_dir = "./data"; ///< journal in <data_dir>/journal, rooms in <data_dir>/rooms
  std::set<node_role> roles = all_roles();
  std::string runtime = std::string(runtime_names.front()); ///< the name of the one that is used
  runtime_configs runtimes;                                 ///< of all of them
  actor_settings settings;
  gateway_config gateway;
  journal_config journal;
  matchmaker_channel_config matchmakers;
  cluster_config cluster;
  logging_config logging;
  std::vector<std::string> warnings; ///< keys that were accepted and have no effect; to be logged

  node_config() { journal.path.clear(); } // made of data_dir unless it is given
  bool has_role(node_role role) const { return roles.contains(role); }
};

/// What the command line says: key (as in the file, e.g. `api.port`) and value.
using config_overrides = std::map<std::string, std::string>;

/// `file` empty: none. `overrides` come from the command line. Fails with a text that names where the value
/// stands, the key, the value and the limit.
result<node_config> load_config(const std::string& file, const std::map<std::string, std::string>& environment,
                                const config_overrides& overrides = {});

} // namespace maestro
