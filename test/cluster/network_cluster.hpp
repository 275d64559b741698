// Three nodes of the real binary and a real etcd, each on a machine of its own (test/support/private_network), with links over
// TLS and rooms that are processes. What a test does to the network between them; clients stand beside each node, where no
// cut reaches them.
#pragma once

#include "test/e2e/live_node.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/private_network.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace maestro::test {

using namespace std::chrono_literals;

/// Skips, loudly, where there can be no such network.
class network_cluster : public ::testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// etcd of so many members e1…, and the nodes n1, n2, n3, until all of them see each other. Throws when they do not.
  void start(int etcd_members = 1);
  /// One more life of a node; waits until it is ready.
  void start_node(const std::string& name);
  void launch_node(const std::string& name);

  /// At the door of that node; status 0 when nobody answers. `management`, or the doors for matchmakers and game servers.
  answer ask(const std::string& door, const std::string& method, const std::string& target,
             const json& body = nullptr) const;
  answer ask_rooms(const std::string& door, const std::string& method, const std::string& target,
                   const json& body = nullptr) const;
  /// A scheduler whose rooms are processes that do nothing: whoever tests speaks for them.
  answer create(const std::string& door, const std::string& scheduler, int rooms) const;

  /// As that node says: what it calls another one; how many schedulers that one has; who has this one, empty: nobody.
  std::string status(const std::string& seen_by, const std::string& node) const;
  int count(const std::string& seen_by, const std::string& status) const;
  int schedulers_of(const std::string& seen_by, const std::string& node) const;
  /// Every node sees so many that are ready.
  bool all_see(std::size_t ready) const;
  /// A node that owns at least one scheduler, as `seen_by` says.
  std::string some_owner(const std::string& seen_by) const;
  /// How many of s0, s1, … that door answers for.
  int answered_at(const std::string& door, int count) const;
  bool served_at(const std::vector<std::string>& doors, int count) const;

  /// Rooms as the API shows them, by id; empty where it does not answer.
  std::map<std::string, json> rooms(const std::string& door, const std::string& scheduler) const;
  /// Rooms whose processes run on that node's machine.
  std::map<std::string, pid_t> processes(const std::string& node) const;
  std::map<std::string, pid_t> all_processes() const;
  /// In the end each room has its process and each process its room, of the schedulers s0, s1, …: why not, empty if so.
  std::string rooms_and_processes_differ(int schedulers, std::chrono::milliseconds limit = 20s) const;

  std::string leader() const;
  std::string follower() const;
  /// The ends of all nodes' logs.
  std::string logs() const;

  std::unique_ptr<private_network> network;
  std::map<std::string, std::unique_ptr<etcd_process>> etcd;
  std::map<std::string, std::unique_ptr<node>> nodes;
  /// Set before `start`: etcd's `sync_takes` may be called.
  bool has_slow_disks = false;
  /// Of the nodes' first lives; empty: this build's.
  std::string first_binary;
  /// Given to each in addition, by node.
  std::map<std::string, std::map<std::string, std::string>> more_environment;
  std::string folder;

private:
  std::string endpoints() const;
  void add_node(const std::string& name);
};

const std::vector<std::string> node_names{"n1", "n2", "n3"};

} // namespace maestro::test
