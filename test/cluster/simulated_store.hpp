// CLUSTER STORE in memory: what etcd is to a cluster of real nodes, `simulated_agreement` is to those of a simulation or a
// test; each node has a CLUSTER STORE actor of its own on it. The same examination as etcd's (test/cluster). Can be made
// unreachable, and leases can be made to end.
#pragma once

#include "messages/cluster_store.hpp"

#include <caf/fwd.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace maestro {

/// The keys that all nodes agree on. May be shared by several actor systems.
class simulated_agreement {
public:
  /// Of one store; each has one lease.
  using holder = std::uint64_t;
  holder join();

  store_listing read(const read_store& wanted) const;
  store_listing read(const std::string& prefix) const { return read(read_store{prefix}); }
  store_outcome change(const change_store& wanted, holder by);
  void watch(holder by, const watch_store& wish);
  /// What it wrote with its lease goes, and it is told.
  void end_lease(holder of);
  /// It answers nobody while false; watches hear of it, and of everything when it is back.
  void set_reachable(bool is_reachable);
  bool is_reachable() const;
  std::size_t keys() const;

private:
  struct kept {
    store_entry entry;
    holder leased_by = 0; ///< 0: nobody's lease
  };
  store_listing listing(const std::string& prefix) const;
  std::vector<store_entry> found_of(const change_store& wanted) const;
  void tell(const store_changes& changes);

  mutable std::mutex mutex_;
  bool is_reachable_ = true;
  std::int64_t revision_ = 1;
  holder last_holder_ = 0;
  std::map<std::string, kept> keys_;
  std::map<holder, watch_store> watches_;
};

cluster_store_actor spawn_simulated_store(caf::actor_system& system,
                                          const std::shared_ptr<simulated_agreement>& agreement,
                                          simulated_agreement::holder as);

} // namespace maestro
