// The machines of a simulated cluster with all that goes wrong between them: processes that end, freeze and start again,
// ways that are cut, in one direction or both, a store that is out of reach, for one node or for all. Every trouble ends
// after a while; `heal` ends all of it.
#pragma once

#include "nodes/journal/simulated_journal.hpp"
#include "nodes/simulation/simulated_matchmakers.hpp"
#include "nodes/simulation/simulated_node.hpp"
#include "runtime/simulated/simulated_world.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace maestro::simulation {

class simulated_cluster {
public:
  struct machine {
    cluster_place place;
    std::shared_ptr<simulated_disk> disk = std::make_shared<simulated_disk>();
    simulated_host_config world_config;
    std::shared_ptr<simulated_world> world;
    duration wall_ahead{};
    std::unique_ptr<simulated_node> node; ///< none: its process does not run
    timestamp starts_at = never;          ///< again
    timestamp wakes_at = never;           ///< never: it is not frozen
    timestamp reached_at = never;         ///< by the store, last
    std::size_t former_lives = 0;         ///< whose leases are not kept any more
    timestamp former_until = never;       ///< then these end
    timestamp removal_at = never; ///< it is gone for good: when an operator says so (again), until it was heard
    std::string removal_refused;  ///< why, the last time that it was asked for
    std::shared_ptr<simulated_disk> backup; ///< none was taken
    int replacements = 0;
    bool is_away() const { return !node || wakes_at != never; }
  };
  struct surroundings {
    std::mt19937_64& random;
    const actor_settings& settings;
    std::function<void(const std::string&)> trace;
    /// Of a process that is about to end.
    std::function<void(const simulated_node&)> forget;
    /// Of one that has ended: its disk is as it is now.
    std::function<void(machine&)> ended;
    /// Of a machine that is another one from here on, with nothing on its disk and no room; and what the lost disk had.
    std::function<void(machine&, std::shared_ptr<simulated_disk> lost)> replaced;
    /// Of a machine whose disk is an older one from here on; and what was on it.
    std::function<void(machine&, std::shared_ptr<simulated_disk> lost)> set_back;
    /// An operator has said that the former one does not come back.
    std::function<void(machine&)> removed;
  };

  simulated_cluster(surroundings around, std::size_t machines, timestamp start, broken_rule broken);

  std::vector<machine>& machines() { return machines_; }
  const std::shared_ptr<simulated_agreement>& agreement() const { return agreement_; }
  const std::shared_ptr<simulated_matchmakers>& matchmakers() const { return matchmakers_; }
  timestamp now() const { return now_; }
  std::uint64_t messages() const { return messages_; }

  /// One that answers, drawn; none: nobody runs.
  simulated_node* any_door();
  /// That of the world's machine, or where it does not answer another.
  simulated_node* door_of(const simulated_world& world);

  /// Time goes on everywhere but where a process is frozen; then at most so many messages are handled.
  void advance(duration by, std::uint64_t messages);

  /// One trouble more.
  void add_trouble();
  void revoke_leases();
  bool may_lose_disk(const machine& one) const;
  void set_back(machine& one);
  /// An operator takes a node out of service, or back.
  void drain_or_undrain();
  /// All are in service, as soon as somebody answers.
  void undrain_all();
  void heal();
  /// Nothing has been wrong for so long.
  duration well_for() const { return now_ - troubled_at_; }
  void end_node(machine& one, duration until_start);
  /// It stays away until `heal`, and its rooms are gone.
  void cut_power(machine& one) { reboot(one, std::chrono::hours{24}); }

private:
  struct cut {
    std::string from;
    std::string to; ///< empty: the store
    timestamp ends_at;
  };

  std::uint64_t draw(std::uint64_t below) { return around_.random() % below; }
  bool chance(double p) { return static_cast<double>(draw(1'000'000)) < p * 1e6; }
  machine& any() { return machines_[draw(machines_.size())]; }
  duration draw_time(duration most) {
    return duration{static_cast<duration::rep>(draw(static_cast<std::uint64_t>(most.count()) + 1))};
  }
  void change(const node_name& whom, node_change what);
  void start_node(machine& one);
  void freeze(machine& one);
  void wake(machine& one);
  void add_cut(const std::string& from, const std::string& to, duration time);
  void apply_cut(const cut& one, bool is_cut);
  void isolate(machine& one);
  void reboot(machine& one, duration until_start);
  /// It burns, and another one comes in its place, under its name.
  void replace(machine& one);
  void remove_lost();
  void disturb_store();
  void end_troubles();
  void keep_leases();
  void work(std::uint64_t messages);
  void note_trouble() { troubled_at_ = now_; }
  bool is_troubled() const;

  surroundings around_;
  std::shared_ptr<simulated_agreement> agreement_ = std::make_shared<simulated_agreement>();
  std::shared_ptr<simulated_network> network_;
  std::shared_ptr<simulated_matchmakers> matchmakers_ = std::make_shared<simulated_matchmakers>();
  std::vector<machine> machines_;
  std::vector<cut> cuts_;
  std::set<node_name> draining_;
  timestamp now_;
  timestamp store_back_at_ = never; ///< never: it is there
  timestamp store_calm_at_ = never; ///< never: it loses nothing
  timestamp troubled_at_ = never;
  timestamp replaced_at_ = never; ///< the last machine
  std::uint64_t messages_ = 0;
};

} // namespace maestro::simulation
