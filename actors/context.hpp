// What every actor of a node is spawned with: the ports to the world and the numbers to obey. Shared, immutable,
// made once by the node (nodes/node) or by a test with fakes.
#pragma once

#include "messages/actors.hpp"
#include "messages/owner_epoch.hpp"
#include "messages/settings.hpp"
#include "messages/time.hpp"

#include <memory>

namespace maestro {

class metrics;

struct actor_context {
  journal_actor journal;
  room_host_actor host;
  runtime_events_actor events;
  wall_clock now;
  settings limits;
  std::shared_ptr<metrics> meter;
  std::uint64_t seed = 0;          ///< every actor derives its own random source from this and its name
  owner_epoch epoch = first_epoch; ///< of this node's ownership; goes with all that changes the world
};
using actor_context_ptr = std::shared_ptr<const actor_context>;

} // namespace maestro
