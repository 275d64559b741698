// What is asked of a ROOM HOST and what it answers: instances made and ended, the list of those that are there, the place
// of a scheduler. What changes something carries the owner's epoch; a lower one than seen before is refused (deposed).
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/owner_epoch.hpp"
#include "messages/room_types.hpp"
#include "messages/runtime_types.hpp"
#include "messages/scheduler_types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

/// Patterns of the lines of a game server's output that tell how many players it has.
struct player_lines {
  std::string container;           ///< whose output
  std::vector<std::string> joined; ///< one came
  std::vector<std::string> left;   ///< one went
};

struct create_instance {
  room_id id;
  scheduler_name scheduler;
  std::string version;
  std::vector<container> containers;
  std::vector<host_port> ports; ///< for all containers in order of declaration; already leased by the pool
  duration termination_grace_period{};
  std::string restart_policy; ///< Always, OnFailure or Never
  owner_epoch epoch = first_epoch;
  std::vector<std::string> artifacts{}; ///< patterns of files that are kept for a while when it is gone
  std::string placed_on{};              ///< the node that is to run it; empty: the one that is asked
  std::optional<player_lines> players{};
};

struct delete_instance {
  room_id id;
  scheduler_name scheduler;
  std::string cause; ///< recorded with the end of the instance
  duration termination_grace_period{};
  owner_epoch epoch = first_epoch;
  std::string placed_on{}; ///< the node that runs it; empty: the one that is asked
};
MAESTRO_INSPECT(delete_instance, x.id, x.scheduler, x.cause, x.termination_grace_period, x.epoch, x.placed_on)

/// Instances by id: those behind `after`, at most `limit` (0: all). An instance that is there from the first page's
/// question to the last page's answer is in one of the pages, whatever comes and goes meanwhile.
struct list_instances {
  scheduler_name scheduler; ///< empty: all
  room_id after{};
  std::uint64_t limit = 0;
};
MAESTRO_INSPECT(list_instances, x.scheduler, x.after, x.limit)

struct instance_list {
  std::vector<instance> items; ///< by id, each once
  bool is_last = true;         ///< nothing comes behind it
  /// Nodes that could not be asked: the list says nothing of rooms that are placed there.
  std::vector<std::string> out_of_sight{};
};
MAESTRO_INSPECT(instance_list, x.items, x.is_last, x.out_of_sight)

/// A machine is not reached: whoever has rooms there hands out none of them until they are heard of again.
struct host_lost {
  std::string node_id;
  std::string reason;
};
MAESTRO_INSPECT(host_lost, x.node_id, x.reason)

/// The runtime is about to be asked for its whole list, which then comes page by page. What happens to a room from
/// here on is younger than any of these pages. Answered when the pool can judge them; a review that was under way is
/// given up.
struct begin_review {};
MAESTRO_INSPECT_EMPTY(begin_review)

/// Makes or removes the place where a scheduler's rooms live (a namespace, a folder). Both may be repeated.
struct prepare_scheduler {
  scheduler_name name;
  owner_epoch epoch = first_epoch;
};
MAESTRO_INSPECT(prepare_scheduler, x.name, x.epoch)
struct remove_scheduler {
  scheduler_name name;
  owner_epoch epoch = first_epoch;
};
MAESTRO_INSPECT(remove_scheduler, x.name, x.epoch)

} // namespace maestro
