// The process runtime without its actor: which rooms this machine runs, what each of them is, and how they are
// made and ended. Real work is done by the shims (shim/shim.h), which outlive it; here is only the table of them.
// Owned by process_host and called from that actor's thread alone; `wake` is called from the watching thread and
// must lead to `handle_notices`. No function blocks on a game server. Instance events are published in order, each
// change once.
//
//   create ──> [pending] ──> ready ──> (its processes end) ──> corpse: exited, ports free ──> remove ──> deleted
//                              └──> remove: terminating ──> (SIGTERM, grace, SIGKILL: the shim) ──────────> deleted
#pragma once

#include "messages/commands.hpp"
#include "runtime/process/cgroups.hpp"
#include "runtime/process/instance_view.hpp"
#include "runtime/process/janitor.hpp"
#include "runtime/process/lost_rooms.hpp"
#include "runtime/process/orphan_sweep.hpp"
#include "runtime/process/port_watch.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/process/process_watch.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/room_look.hpp"
#include "runtime/process/room_sizes.hpp"
#include "runtime/process/room_users.hpp"
#include "runtime/process/shim_launcher.hpp"
#include "runtime/seen_epochs.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace maestro::process {

class process_supervisor {
public:
  using publisher = std::function<void(instance_event)>;

  process_supervisor(process_host_config config, node_clock clock, publisher publish);
  ~process_supervisor();
  process_supervisor(const process_supervisor&) = delete;
  process_supervisor& operator=(const process_supervisor&) = delete;

  /// Takes possession of the data directory, adopts what runs, ends what belongs to nobody.
  result<done> start(std::function<void()> wake);

  /// Refuses epochs below the highest that was seen for the scheduler, also by former nodes; asked before every
  /// change.
  result<done> admit(const scheduler_name& scheduler, owner_epoch epoch);
  result<done> create(const create_instance& wish);
  result<done> remove(const delete_instance& wish);
  instance_list page(const list_instances& wish) const;
  result<done> prepare(const scheduler_name& name);
  result<done> remove_all(const scheduler_name& name);
  result<std::string> logs(const read_room_logs& wish) const;
  result<artifact_piece> artifacts(const read_artifacts& wish) const;

  /// After `wake`.
  void handle_notices();
  /// About once a second: what is overdue, orphans, groups that could not be removed yet.
  void housekeeping();

private:
  struct room {
    room_identity identity;
    instance what;
    std::optional<shim_state> state;
    process_watch::token watch = 0;
    pid_t shim = 0;
    std::optional<user_identity> user;
    bool sees_changes = true;
    bool alive = false;     ///< its shim runs
    bool has_ended = false; ///< its shim is gone, and what it left could not be looked at yet
    bool deleting = false;
    std::string cause;
    std::string verdict;                ///< why we ended it ourselves
    std::string notice;                 ///< what is odd about it although it runs
    std::optional<duration> overdue_at; ///< steady time when a shim that was asked to end should be gone
  };

  // instance_creation.cpp
  result<room_identity> examine(const create_instance& wish) const;
  result<done> check_ports(const room_identity& identity) const;
  result<done> place(const create_instance& wish, room& it, const room_limits& limits);
  result<done> make_room_folders(room& it);
  room_bounds bounds_of_rooms() const;
  result<done> ignite(const create_instance& wish, room& it, const room_group& group,
                      const std::vector<container_plan>& containers);

  // process_supervisor.cpp
  room& enlist(room it);
  std::vector<instance> list(const scheduler_name& scheduler) const;
  void ask_to_end(room& it, duration grace);
  void refresh(room& it, instance_event_type type);
  void shim_ended(room& it);
  void reap(pid_t shim);
  void retire(room_id id);
  std::vector<std::string> artifacts_of(const room_identity& identity) const;
  void drop_groups(const std::vector<std::string>& directories);
  void drop_scheduler(const scheduler_name& name);
  std::string directory(const room& it) const;
  result<done> make_way(const std::string& folder) const;
  seen_epochs::place place_of_epochs() const;

  // room_upkeep.cpp
  std::vector<room_id> ended_unseen() const;
  void look_at_sizes(duration now);
  void look_at_ports(duration now);
  void watch_ports(room& it);
  void sweep();
  bool lives(const marked_process& it) const;
  std::set<std::string> living_rooms() const;
  void tidy_groups() const;

  // room_adoption.cpp
  result<done> adopt_all();
  result<done> adopt(seen_room found);
  result<done> adopt_living(room it, seen_room found);
  void adopt_dead(room it, const seen_room& found);
  void end_rest(const room& it);
  void discard_room(const scheduler_name& scheduler, const room_id& id, const std::string& why);

  process_host_config config_;
  room_layout layout_;
  node_clock clock_; ///< records hold its wall time, what is due its steady time
  publisher publish_;
  room_users users_;
  std::uint64_t descriptors_ = 0;
  unique_fd lock_;
  bool is_original_ = false; ///< this data directory is the one its mark was made in
  bool has_started_ = false;
  cgroups cgroups_;
  shim_launcher launcher_;
  orphan_sweep orphans_;
  janitor janitor_;
  std::map<room_id, room> rooms_;
  std::unordered_map<process_watch::token, room_id> watched_;
  std::unordered_map<std::uint64_t, room_id> leases_;
  seen_epochs epochs_;
  std::set<scheduler_name> leaving_; ///< schedulers whose folder goes with their last room
  std::vector<std::string> stuck_groups_;
  std::vector<pid_t> unreaped_; ///< shims whose end is not ours to see yet
  lost_rooms lost_;
  room_sizes sizes_;
  port_watch ports_;
  duration next_sweep_{}; ///< steady time, like the next
  duration next_measuring_{};
  int close_sweeps_ = 0; ///< more sweeps in the next seconds: a process that was just in exec had no environment
  process_watch watch_;  // last: its thread must be gone before anything it may wake
};

std::uint64_t lease_key(const host_port& port);

} // namespace maestro::process
