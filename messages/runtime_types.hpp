// What a runtime is told and what it tells. A runtime speaks of instances, never of pids or pods; an instance has
// the id of its room.
#pragma once

#include "messages/ids.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

/// A room's process(es) as the runtime sees them now.
struct instance {
  room_id id;
  scheduler_name scheduler;
  std::string version;
  instance_status status = instance_status::unknown;
  std::string description; ///< why it is in that status, e.g. `exit code 3`; empty when ready
  std::string host;        ///< address of the host; empty until placed
  std::vector<host_port> ports;
  bool exited = false; ///< every process of it ended for good; its ports are free
  /// Whoever asked several machines notes whose it is; not sent between nodes. Empty: the machine that was asked.
  std::string placed_on{};
  bool operator==(const instance&) const = default;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, instance& x) {
  return f(x.id, x.scheduler, x.version, x.status, x.description, x.host, x.ports, x.exited);
}

enum class instance_event_type : std::uint8_t { added = 0, updated = 1, deleted = 2 };
std::string to_string(instance_event_type type);

/// Published by a runtime in the order in which things happened to that instance.
struct instance_event {
  instance_event_type type = instance_event_type::updated;
  instance what;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, instance_event& x) {
  return f(x.type, x.what);
}

} // namespace maestro
