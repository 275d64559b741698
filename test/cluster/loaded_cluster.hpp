// A cluster on a network of its own with a load on it, and what must be true of it when a fault is over.
#pragma once

#include "test/cluster/cluster_load.hpp"
#include "test/cluster/network_cluster.hpp"
#include "test/support/node_process.hpp"

namespace maestro::test {

class loaded_cluster : public network_cluster {
protected:
  static constexpr int schedulers = 6;
  static constexpr int rooms_each = 4;

  void TearDown() override;
  /// Everything runs, and the load has begun.
  void begin(int etcd_members);
  /// All nodes see each other and every door answers for all, soon.
  void expect_whole();
  /// In the end all nodes see each other and all doors answer; rooms and processes are the same; and the load's history
  /// can have been.
  void end_well();
  /// Into the test's report and its output.
  void report(const std::string& what, double took);
  /// What each door answered since the load was last counted anew, into the output.
  void report_load(const std::string& what) const;
  /// A moment for a fault to be felt, and until every door gives rooms again.
  void wait_until_all_go_on();
  std::map<std::string, json> all_rooms(const std::string& door) const;
  /// Matchmakers and operators of that door ask at another one from now on, as a load balancer would have it; of itself:
  /// they are back. Game servers go on to ask at their own.
  void send_to(const std::string& door, const std::string& other);
  /// Every door gives rooms, since the load was last counted anew.
  bool all_give_rooms() const;

  std::unique_ptr<cluster_load> load;

private:
  bool is_created(const std::string& scheduler, const std::string& door) const;
  std::string way(const std::string& door) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::string> detours_;
};

} // namespace maestro::test
