#include "nodes/config.hpp"

namespace maestro {

std::string to_string(runtime_kind kind) {
  switch (kind) {
  case runtime_kind::process: return "process";
  case runtime_kind::simulated: return "simulated";
  }
  return "invalid";
}

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

} // namespace maestro
