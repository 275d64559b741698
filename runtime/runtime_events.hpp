// The runtime-event actor: a room host publishes each instance_event to it, and it forwards the event to everyone
// who subscribed to that event's scheduler and to everyone who subscribed to all. One per node, spawned before the
// host. Order is kept for each pair of publisher and subscriber. It stores no events: a late subscriber asks the
// host for its list. A subscriber that ends is forgotten.
#pragma once

#include "messages/actors.hpp"

namespace caf {
class actor_system;
}

namespace maestro {

runtime_events_actor spawn_runtime_events(caf::actor_system& system);

} // namespace maestro
