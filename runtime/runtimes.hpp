// Starting the runtime that a node was told to use. For nodes/node; the list is in runtime/runtime_configs.hpp.
#pragma once

#include "messages/actors.hpp"
#include "runtime/runtime_configs.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace caf {
class actor_system;
}

namespace maestro {

/// What a node gives to its runtime, whichever it is.
struct runtime_surroundings {
  caf::actor_system& system;
  runtime_events_actor events; ///< told whatever happens to an instance
  node_clock clock;
  std::uint64_t seed = 0;
  std::string data_dir;
  std::uint16_t rooms_port = 0; ///< where game servers find the Rooms API on this machine
  std::function<std::vector<std::string>()>
      other_doors{}; ///< base URLs of other machines' Rooms APIs now, for when it fails
};

/// What a node knows of its runtime.
struct runtime_actors {
  room_host_actor host;
  prober_actor prober; ///< asks the rooms whose servers do not ping
};

/// `name` must be one of runtime_names: the configuration saw to that.
runtime_actors spawn_runtime(std::string_view name, const runtime_configs& all,
                             const runtime_surroundings& around);

} // namespace maestro
