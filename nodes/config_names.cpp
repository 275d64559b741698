#include "nodes/config_keys.hpp"

#include <cctype>

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

const std::vector<ignored_key>& ignored_keys() {
  static const std::vector<ignored_key> keys{
      {"api.tracing.*", "there is no tracing"},
      {"api.metrics.*", "metrics are always on"},
      {"internalapi.gracefulshutdowntimeout", "api.gracefulShutdownTimeout rules all doors"},
      {"internalapi.metrics.*", "metrics are always on"},
      {"internalapi.healthcheck.*", "health checks are always on"},
      {"adapters.redis.*", "there is no Redis"},
      {"adapters.*.redis.*", "there is no Redis"},
      {"adapters.schedulerstorage.*", "there is no Postgres"},
      {"adapters.runtime.kubernetes.*", "the Kubernetes runtime comes later"},
      {"adapters.grpc.*", "event forwarding comes later"},
      {"workers.syncinterval", "a new scheduler is served at once"},
      {"workers.stoptimeoutduration", "api.gracefulShutdownTimeout rules the stop"},
      {"runtimewatcher.disruptionworker.*", "there are no disruption budgets without Kubernetes"},
      {"services.roommanager.roomvalidation*", "version validation comes later"},
      {"services.eventsforwarder.*", "event forwarding comes later"},
      {"migration.*", "there is no Postgres"}};
  return keys;
}

std::string environment_name(std::string_view path) {
  std::string name = "MAESTRO_";
  for (char c : path)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

} // namespace maestro
