// Real nodes and a real etcd: what an operator and a matchmaker see of a cluster. Rooms are simulated ones, which die with
// their node.
#pragma once

#include "nodes/cluster/authority.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

namespace maestro {

using namespace std::chrono_literals;
using nlohmann::json;

class Cluster : public ::testing::Test {
protected:
  ~Cluster() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::map<std::string, std::string> environment_of(const std::string& name, const std::string& authority = {}) {
    std::map<std::string, std::string> environment{
        {"MAESTRO_CLUSTER_ETCD_ENDPOINTS", etcd.endpoint()},
        {"MAESTRO_CLUSTER_NODE", name},
        {"MAESTRO_CLUSTER_LISTEN", "127.0.0.1:" + std::to_string(free_port())},
        {"MAESTRO_CLUSTER_LEASE", "2s"},
        {"MAESTRO_CLUSTER_HOSTLOSTAFTER", "4s"},
        {"MAESTRO_RUNTIMEWATCHER_RECONCILEINTERVAL", "2s"},
        {"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "2s"},
        {"MAESTRO_CLUSTER_ZONE", "zone-" + name},
        {"MAESTRO_CLUSTER_COMPAREINTERVAL", "500ms"}};
    if (!authority.empty()) {
      environment["MAESTRO_CLUSTER_TLS_CAFILE"] = authority + "/ca.crt";
      environment["MAESTRO_CLUSTER_TLS_CERTFILE"] = authority + "/" + name + ".crt";
      environment["MAESTRO_CLUSTER_TLS_KEYFILE"] = authority + "/" + name + ".key";
    }
    listens[name] = environment["MAESTRO_CLUSTER_LISTEN"];
    return environment;
  }
  node_process& start(const std::string& name, const std::string& authority = {}) {
    return *(nodes[name] = std::make_unique<node_process>(MAESTRO_BINARY, environment_of(name, authority)));
  }
  void start_three() {
    for (auto* name : {"n1", "n2", "n3"})
      start(name);
    for (auto* name : {"n1", "n2", "n3"})
      ASSERT_TRUE(within(30s, [&] { return count(name, "ready") == 3; })) << nodes[name]->log();
  }
  json list(const std::string& name) { return json::parse(ask(name, "GET", "/nodes").body); }
  int count(const std::string& name, const std::string& status) {
    int found = 0;
    auto all_nodes = list(name);
    for (auto& node : all_nodes["nodes"])
      found += node["status"] == status;
    return found;
  }
  http_answer ask(const std::string& name, const std::string& method, const std::string& target,
                  const std::string& body = {}) {
    return fetch(nodes[name]->management_port(), method, target, body);
  }
  http_answer ask_rooms(const std::string& name, const std::string& method, const std::string& target,
                        const std::string& body = {}) {
    return fetch(nodes[name]->rooms_port(), method, target, body);
  }
  http_answer create(const std::string& name, const std::string& scheduler, int rooms = 2) {
    json recipe = json::parse(
        R"({"game":"g","maxSurge":"25%","spec":{"terminationGracePeriod":"5s","containers":[{"name":"c","image":"i",
            "imagePullPolicy":"Always","command":["x"],"requests":{"memory":"1Mi","cpu":"10m"},
            "limits":{"memory":"1Mi","cpu":"10m"},"ports":[{"name":"p","protocol":"udp","port":7777}]}]},
            "portRange":{"start":10000,"end":60000}})");
    recipe["name"] = scheduler;
    recipe["roomsReplicas"] = rooms;
    return ask(name, "POST", "/schedulers", recipe.dump());
  }
  /// A node whose lease a busy machine has let run out is away for a moment, and says so.
  bool made(const std::string& door, const std::string& scheduler, int rooms = 2) {
    return within(30s, [&] {
      auto status = create(door, scheduler, rooms).status;
      return status == 200 || status == 409; // the answer before was lost
    });
  }
  std::set<std::string> names(const std::string& name) {
    std::set<std::string> all;
    auto answer = json::parse(ask(name, "GET", "/schedulers").body);
    for (auto& one : answer["schedulers"])
      all.insert(one["name"]);
    return all;
  }
  std::vector<std::string> rooms(const std::string& name, const std::string& scheduler) {
    std::vector<std::string> ids;
    auto answer = ask(name, "GET", "/schedulers/" + scheduler + "/rooms");
    if (answer.status != 200)
      return ids;
    auto found = json::parse(answer.body);
    for (auto& room : found["rooms"])
      ids.push_back(room["id"]);
    return ids;
  }
  int schedulers_of(const std::string& seen_by, const std::string& node) {
    auto all_nodes = list(seen_by);
    for (auto& one : all_nodes["nodes"])
      if (one["name"] == node)
        return one["schedulers"];
    return -1;
  }

  /// A new authority with a certificate for each of these.
  std::string authority(const std::string& name, const std::vector<std::string>& of) {
    auto made = (folder / name).string();
    EXPECT_TRUE(make_authority(made, "test"));
    for (auto& node : of)
      EXPECT_TRUE(issue_certificate(made, node));
    return made;
  }
  std::string reason(const std::string& seen_by, const std::string& node) {
    auto all_nodes = list(seen_by);
    for (auto& one : all_nodes["nodes"])
      if (one["name"] == node)
        return one["reason"];
    return "";
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("maestro-cluster-" + std::to_string(::getpid()));
  etcd_process etcd{MAESTRO_ETCD};
  std::map<std::string, std::unique_ptr<node_process>> nodes;
  std::map<std::string, std::string> listens;
};

} // namespace maestro
