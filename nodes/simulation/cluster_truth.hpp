// What a simulated cluster has made durable, all nodes together, as whoever sees every transaction of the store knows it,
// and what must be true of it: G10 what becomes durable is its owner's, in order and once; G11 what has left the store is
// on the disks of two machines at least, of those that had everything once, and at rest every disk has all of it.
#pragma once

#include "messages/cluster_store.hpp"
#include "messages/owner_epoch.hpp"
#include "nodes/journal/simulated_journal.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace maestro::simulation {

class cluster_truth {
public:
  using report = std::function<void(const std::string& invariant, const std::string& text)>;

  explicit cluster_truth(report tell) : tell_(std::move(tell)) {}

  /// A machine whose disk is to have everything.
  void add_machine(const std::string& name, std::shared_ptr<simulated_disk> disk);
  /// It has another, empty disk, or an older one. What the lost one had is taken for a copy until an operator says that it is
  /// lost, or its node that it has less: nobody could know.
  void lose_machine(const std::string& name, std::shared_ptr<simulated_disk> lost);
  void forget_lost(const std::string& name) { lost_.erase(name); }
  /// Every change of the store, as it is made.
  void observe(const change_store& change, std::int64_t revision);

  /// All events of each stream, also of those that began anew.
  const simulated_disk& disk() const { return disk_; }
  /// Of the owner's key; 0: there is no owner.
  std::int64_t epoch_of_owner(const scheduler_name& name) const;
  std::uint64_t owners_seen() const { return owners_seen_; }
  /// At rest: every disk has every stream as it was made durable.
  void check_disks() const;

private:
  /// Since it last began.
  struct progress {
    std::uint64_t begins_after = 0; ///< records of former lives
    std::uint64_t last = 0;
    owner_epoch epoch;
    bool has_ended = false;
  };
  void add(const append_events& batch);
  void note_copy(const store_write& write, std::int64_t revision);
  void erase_entry(const std::string& key);
  std::size_t copies_of(const append_events& batch) const;

  report tell_;
  simulated_disk disk_;
  std::map<std::string, progress> streams_;
  std::map<scheduler_name, std::int64_t> owners_;              ///< revision of the key
  std::map<std::string, std::vector<append_events>> in_store_; ///< by key
  std::map<std::string, std::shared_ptr<simulated_disk>> machines_;
  std::map<std::string, std::shared_ptr<simulated_disk>> lost_; ///< that nobody knows to be lost
  std::map<node_name, std::int64_t> joining_;                   ///< since which revision
  std::set<node_name> joined_;                                  ///< had everything since then
  std::map<node_name, std::int64_t> marks_;                     ///< what each said last
  std::uint64_t owners_seen_ = 0;
};

} // namespace maestro::simulation
