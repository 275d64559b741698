#include "test/cluster/network_cluster.hpp"

#include "nodes/cluster/authority.hpp"
#include "test/support/node_process.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include <unistd.h>

namespace maestro::test {

namespace fs = std::filesystem;

void network_cluster::SetUp() {
  if (auto why = private_network::objection(); !why.empty())
    GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
  network = std::make_unique<private_network>();
  auto pattern = (fs::temp_directory_path() / "maestro-network-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  folder = pattern;
}

void network_cluster::TearDown() {
  nodes.clear();
  etcd.clear();
  network.reset();
  std::error_code ignored;
  if (!folder.empty())
    fs::remove_all(folder, ignored);
}

std::string network_cluster::endpoints() const {
  std::string all;
  for (auto& [name, one] : etcd)
    all += (all.empty() ? "" : ",") + one->endpoint();
  return all;
}

void network_cluster::start(int etcd_members) {
  std::map<std::string, std::string> members;
  for (int i = 1; i <= etcd_members; ++i) {
    auto name = "e" + std::to_string(i);
    members[name] = network->add(name);
  }
  for (auto& [name, address] : members)
    network->in(name, [&, &name = name] {
      etcd[name] = std::make_unique<etcd_process>(MAESTRO_ETCD, etcd_seat{name, members, has_slow_disks});
    });
  for (auto& [name, one] : etcd)
    network->in(name, [&one = one] { one->wait_until_up(); });
  if (!make_authority(folder, "test"))
    throw std::runtime_error("no authority");
  for (auto& name : node_names)
    add_node(name);
  for (auto& name : node_names)
    launch_node(name);
  for (auto& name : node_names)
    if (!network->in(name, [&] { return nodes[name]->wait_ready(seconds{30}); }))
      throw std::runtime_error(name + " does not get ready: " + nodes[name]->log());
  if (!within(30s, [&] { return all_see(node_names.size()); }))
    throw std::runtime_error("the nodes do not see each other: " + logs());
}

void network_cluster::add_node(const std::string& name) {
  auto address = network->add(name);
  if (!issue_certificate(folder, name))
    throw std::runtime_error("no certificate for " + name);
  auto& made = *(nodes[name] = std::make_unique<node>());
  if (!first_binary.empty())
    made.binary = first_binary;
  made.environment.merge(
      std::map<std::string, std::string>{{"MAESTRO_CLUSTER_ETCD_ENDPOINTS", endpoints()},
                                         {"MAESTRO_CLUSTER_ETCD_TIMEOUT", "1s"},
                                         {"MAESTRO_CLUSTER_NODE", name},
                                         {"MAESTRO_CLUSTER_LISTEN", address + ":8090"},
                                         {"MAESTRO_CLUSTER_LEASE", "4s"},
                                         {"MAESTRO_CLUSTER_TLS_CAFILE", folder + "/ca.crt"},
                                         {"MAESTRO_CLUSTER_TLS_CERTFILE", folder + "/" + name + ".crt"},
                                         {"MAESTRO_CLUSTER_TLS_KEYFILE", folder + "/" + name + ".key"},
                                         {"MAESTRO_CLUSTER_COMPAREINTERVAL", "500ms"},
                                         {"MAESTRO_RUNTIMEWATCHER_RECONCILEINTERVAL", "2s"},
                                         // one machine has all of them: the same users would meet
                                         {"MAESTRO_PROCESS_USERRANGE", ""},
                                         {"MAESTRO_PROCESS_USER", "root"}});
  for (auto& [key, value] : more_environment[name])
    made.environment[key] = value;
}

void network_cluster::launch_node(const std::string& name) {
  network->in(name, [&] { nodes[name]->launch(); });
}

void network_cluster::start_node(const std::string& name) {
  network->in(name, [&] { nodes[name]->start(); });
}

answer network_cluster::ask(const std::string& door, const std::string& method, const std::string& target,
                            const json& body) const {
  return network->in(door, [&] { return nodes.at(door)->management(method, target, body); });
}

answer network_cluster::ask_rooms(const std::string& door, const std::string& method, const std::string& target,
                                  const json& body) const {
  return network->in(door, [&] { return nodes.at(door)->rooms_api(method, target, body); });
}

answer network_cluster::create(const std::string& door, const std::string& scheduler, int rooms) const {
  auto recipe = nodes.at(door)->recipe(scheduler, rooms);
  recipe["portRange"] = {{"start", 20000}, {"end", 29999}};
  recipe["spec"]["containers"][0]["command"] = {"/bin/sleep", "600"};
  return ask(door, "POST", "/schedulers", recipe);
}

std::string network_cluster::status(const std::string& seen_by, const std::string& name) const {
  auto all = ask(seen_by, "GET", "/nodes");
  if (all.status == 200)
    for (auto& one : all.body["nodes"])
      if (one["name"] == name)
        return one["status"];
  return "";
}

int network_cluster::count(const std::string& seen_by, const std::string& status) const {
  auto all = ask(seen_by, "GET", "/nodes");
  int found = 0;
  if (all.status == 200)
    for (auto& one : all.body["nodes"])
      found += one["status"] == status;
  return found;
}

int network_cluster::schedulers_of(const std::string& seen_by, const std::string& name) const {
  auto all = ask(seen_by, "GET", "/nodes");
  if (all.status == 200)
    for (auto& one : all.body["nodes"])
      if (one["name"] == name)
        return one["schedulers"];
  return -1;
}

bool network_cluster::all_see(std::size_t ready) const {
  return std::all_of(node_names.begin(), node_names.end(),
                     [&](auto& name) { return count(name, "ready") == static_cast<int>(ready); });
}

std::string network_cluster::some_owner(const std::string& seen_by) const {
  for (auto& name : node_names)
    if (name != seen_by && schedulers_of(seen_by, name) > 0)
      return name;
  return "";
}

int network_cluster::answered_at(const std::string& door, int count) const {
  int answered = 0;
  for (int i = 0; i < count; ++i)
    answered += ask(door, "GET", "/schedulers/s" + std::to_string(i)).status == 200;
  return answered;
}

bool network_cluster::served_at(const std::vector<std::string>& doors, int count) const {
  return std::all_of(doors.begin(), doors.end(), [&](auto& door) { return answered_at(door, count) == count; });
}

std::map<std::string, json> network_cluster::rooms(const std::string& door, const std::string& scheduler) const {
  return network->in(door, [&] { return nodes.at(door)->rooms(scheduler); });
}

std::map<std::string, pid_t> network_cluster::processes(const std::string& name) const {
  return nodes.at(name)->servers();
}

std::map<std::string, pid_t> network_cluster::all_processes() const {
  std::map<std::string, pid_t> all;
  for (auto& name : node_names)
    all.merge(processes(name));
  return all;
}

std::string network_cluster::rooms_and_processes_differ(int schedulers, std::chrono::milliseconds limit) const {
  std::string why;
  within(limit, [&] {
    why.clear();
    std::map<std::string, json> known;
    for (int i = 0; i < schedulers; ++i)
      known.merge(rooms("n1", "s" + std::to_string(i)));
    auto running = all_processes();
    for (auto& [id, room] : known)
      if (!running.contains(id))
        why += "no process of " + room.dump() + "\n";
    for (auto& [id, pid] : running)
      if (!known.contains(id))
        why += "no room of process " + id + "\n";
    return why.empty();
  });
  return why;
}

std::string network_cluster::leader() const {
  std::string found;
  within(30s, [&] {
    for (auto& [name, one] : etcd)
      if (network->in(name, [&one = one] { return one->leads(); }))
        found = name;
    return !found.empty();
  });
  return found;
}

std::string network_cluster::follower() const {
  auto leads = leader();
  for (auto& [name, one] : etcd)
    if (name != leads)
      return name;
  return "";
}

std::string network_cluster::logs() const {
  std::string all;
  for (auto& [name, one] : nodes)
    all += "--- " + name + one->log();
  return all;
}

} // namespace maestro::test
