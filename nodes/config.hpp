// Everything a node is told at its start. Layers, the later the stronger: the defaults, a YAML file, the
// environment
// (`MAESTRO_` and the key's path in capitals with `_` for `.`), the command line. Keys are the original's where
// the concept exists (behaviour.md 8.1); nodes/config_keys lists all of them and deploy/maestro.yaml explains
// them. Called by nodes/node_command before anything is spawned: what it returns is valid, or the node does not
// start.
#pragma once

#include "messages/error.hpp"
#include "messages/settings.hpp"
#include "nodes/gateway/gateway_config.hpp"
#include "nodes/journal/journal_config.hpp"
#include "nodes/logging.hpp"
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
const std::set<node_role>& all_roles();

struct node_config {
  std::string data_dir = "./data"; ///< journal in <data_dir>/journal, rooms in <data_dir>/rooms
  std::set<node_role> roles = all_roles();
  runtime_kind runtime = runtime_kind::process;
  settings limits;
  gateway_config gateway;
  process_host_config process;
  simulated_host_config simulated;
  journal_config journal;
  logging_config logging;
  std::vector<std::string> warnings; ///< keys that were accepted and have no effect; to be logged

  node_config() { // what is made of other keys unless it is given
    journal.path.clear();
    process.rooms_api_url.clear();
  }
  bool has_role(node_role role) const { return roles.contains(role); }
};

/// What the command line says: key (as in the file, e.g. `api.port`) and value.
using config_overrides = std::map<std::string, std::string>;

/// `file` empty: none. `overrides` come from the command line. Fails with a text that names where the value
/// stands, the key, the value and the limit.
result<node_config> load_config(const std::string& file, const std::map<std::string, std::string>& environment,
                                const config_overrides& overrides = {});

} // namespace maestro
