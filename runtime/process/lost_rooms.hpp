// Rooms whose shim is gone although it had not ended them, and which processes are still theirs. Whoever merely carries
// a room's environment is not: anybody may copy that. What proves it, the strongest that the machine offers:
//
//   a control group for each room    its members, whatever they did (they are ended there, not here)
//   a user for each room             every process of that user that began after the shim, and that no other shim looks
//                                    after: another node of this machine may have leased the user by now
//   neither                          the sessions of its containers; its mark, where the process has no parent of its
//                                    own any more; or that it came to us when its parents died (the node then is the
//                                    reaper of its descendants)
//
// A room is looked after until three sweeps found nothing. For the process supervisor.
#pragma once

#include "runtime/process/process_table.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <optional>
#include <set>
#include <vector>

namespace maestro::process {

class lost_rooms {
public:
  void add(const room_identity& room, const std::optional<shim_state>& state);
  bool has_user(uid_t user) const;
  bool empty() const { return rooms_.empty(); }

  /// Which of the running ones are theirs. `mark`: ours, empty where groups say better; `shims`: our living ones.
  std::vector<marked_process> find(const std::string& mark, const std::set<pid_t>& shims);
  /// Users that may be given to others again.
  std::vector<uid_t> take_freed();

private:
  struct lost_room {
    scheduler_name scheduler;
    room_id id;
    uid_t user = 0;
    std::set<pid_t> sessions;
    std::uint64_t since = 0; ///< when its shim began
    int quiet = 0;           ///< sweeps that found nothing
  };

  bool is_of(const lost_room& room, const running_process& it) const;

  std::vector<lost_room> rooms_;
  std::vector<uid_t> freed_;
};

/// Whether orphans of this node's rooms shall come to it: where nothing better says whose they are.
void become_reaper();

} // namespace maestro::process
