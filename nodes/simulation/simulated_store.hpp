// CLUSTER STORE in memory: what etcd is to a cluster of real nodes, `simulated_agreement` is to those of a simulation or a
// test; each node has a CLUSTER STORE actor of its own on it (nodes/simulation/store_line). The same examination as etcd's
// (test/cluster). Can be made unreachable, for all or for one, leases can be made to end, and whoever checks it sees every change.
#pragma once

#include "messages/cluster_store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
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
  /// The same for one.
  void set_reachable(holder of, bool is_reachable);
  bool is_reachable() const;
  bool is_reachable(holder of) const;
  /// Its process is gone: it hears nothing any more. Its lease goes on.
  void forget(holder of);
  std::size_t keys() const;
  std::int64_t revision() const;
  /// As it is now, for `set_back`: somebody restores it to that state. Watches are not told, leases of since then are gone.
  struct image;
  std::shared_ptr<const image> make_image() const;
  void set_back(const image& to);

  /// Called with every change that was made, before anyone hears of it. It must not ask the agreement.
  void set_observer(std::function<void(const change_store&, std::int64_t revision)> observer);
  /// A rule that is broken on purpose: conditions on keys that begin so are not looked at; empty: none.
  void ignore_conditions(const std::string& prefix);

private:
  struct kept {
    store_entry entry;
    holder leased_by = 0; ///< 0: nobody's lease
  };
  using kept_keys = std::map<std::string, kept>;
  store_listing listing(const std::string& prefix) const;
  std::vector<store_entry> found_of(const change_store& wanted) const;
  void tell(const store_changes& changes);
  void set_contact(const watch_store& watch, bool is_reachable);
  bool reaches(holder of) const { return is_reachable_ && !cut_off_.contains(of); }

  mutable std::mutex mutex_;
  bool is_reachable_ = true;
  std::int64_t revision_ = 1;
  holder last_holder_ = 0;
  kept_keys keys_;
  std::map<holder, watch_store> watches_;
  std::set<holder> cut_off_;
  std::function<void(const change_store&, std::int64_t)> observer_;
  std::string ignored_;
};

struct simulated_agreement::image {
  std::int64_t revision;
  kept_keys keys;
};

} // namespace maestro
