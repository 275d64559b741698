// Rooms whose shim is gone although it had not ended them, and which processes are still theirs. Whoever merely carries
// a room's environment is not: anybody may copy that. What proves it, the strongest that the machine offers:
//
//   a control group for each room    its members, whatever they did (they are ended there, not here)
//   a user for each room             every process of that user that began after the shim, and that no other shim looks
//                                    after: another node of this machine may have leased the user by now
//   neither                          the sessions of its containers whose leaders live, told by when they began: a
//                                    number alone may be a stranger's by now; its mark, where the process has no
//                                    parent of its own any more, or is in a session with such a number; or that it
//                                    came to us when its parents died (the node then is the reaper of its descendants)
//
// A room is looked after until three sweeps found nothing. For the process supervisor.
#pragma once

#include "runtime/process/process_table.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace maestro::process {

class lost_rooms {
public:
  /// `has_group`: one that holds all of its processes.
  void add(const room_identity& room, const std::optional<shim_state>& state, bool has_group);
  bool has_user(uid_t user) const;
  bool empty() const { return rooms_.empty(); }

  /// Which of the running ones are theirs. `mark`: ours; `shims`: our living ones.
  std::vector<marked_process> find(const std::string& mark, const std::set<pid_t>& shims);
  /// Users that may be given to others again.
  std::vector<uid_t> take_freed();

private:
  struct lost_room {
    scheduler_name scheduler;
    room_id id;
    uid_t user = 0;
    bool has_group = false;
    std::map<pid_t, std::uint64_t>
        sessions;            ///< of its containers: their leaders, and when those began (0: not known)
    std::uint64_t since = 0; ///< when its shim began
    int quiet = 0;           ///< sweeps that found nothing
  };

  bool is_of(const lost_room& room, const running_process& it, const std::set<pid_t>& proven) const;
  bool is_marked_as_of(const lost_room& room, const marked_process& it) const;
  std::set<pid_t> proven_sessions(const std::vector<running_process>& running) const;
  void add_marked(const std::string& mark, const std::set<pid_t>& shims, std::vector<marked_process>& found) const;
  void note_quiet(const std::vector<marked_process>& found);

  std::vector<lost_room> rooms_;
  std::vector<uid_t> freed_;
};

/// Whether orphans of this node's rooms shall come to it: where nothing better says whose they are.
void become_reaper();

} // namespace maestro::process
