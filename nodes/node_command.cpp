#include "nodes/node_command.hpp"

#include "nodes/cli/command_line.hpp"
#include "nodes/config/config.hpp"
#include "nodes/logging.hpp"
#include "nodes/node.hpp"

#include <fmt/format.h>

#include <optional>

#include <unistd.h>

namespace maestro {

namespace {

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    if (auto at = text.find('='); at != std::string::npos)
      all.emplace(text.substr(0, at), text.substr(at + 1));
  }
  return all;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (auto& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text;
}

config_overrides overrides_of(const cli::node_options& options) {
  config_overrides overrides;
  auto set = [&](const char* key, const auto& value) {
    if (value)
      overrides[key] = fmt::format("{}", *value);
  };
  set("dataDir", options.data_dir);
  set("api.port", options.management_port);
  set("roomsApi.port", options.rooms_port);
  set("internalApi.port", options.internal_port);
  set("api.grpcPort", options.management_grpc_port);
  set("roomsApi.grpcPort", options.rooms_grpc_port);
  set("api.bindAddress", options.bind_address);
  set("runtime", options.runtime);
  set("cluster.node", options.name);
  set("cluster.listen", options.cluster_listen);
  set("cluster.advertise", options.cluster_advertise);
  set("cluster.zone", options.zone);
  for (auto [key, words] : {std::pair("roles", &options.roles), std::pair("cluster.labels", &options.labels),
                            std::pair("cluster.etcd.endpoints", &options.cluster_etcd)})
    if (!words->empty())
      overrides[key] = join(*words);
  return overrides;
}

} // namespace

int node_command(const cli::node_options& options) {
  auto config = load_config(options.config_file.value_or(""), environment(), overrides_of(options));
  if (!config) {
    fmt::print(stderr, "{}maestro node: {}\n", journal_mark(log_level::error), config.error().text);
    return 2;
  }
  return run_node(*config);
}

} // namespace maestro
