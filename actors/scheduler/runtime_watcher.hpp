// RUNTIME WATCHER: what happens in the runtime to one scheduler's instances is reflected in its ROOM POOL, in
// order; and, level-triggered, the runtime's own list is compared at the start, at every reconcile interval and soon after a
// machine that was out of sight is back or given up for good, page by page.
// Spawned and ended by its SCHEDULER.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

runtime_watcher_actor spawn_runtime_watcher(caf::actor_system& system, const actor_context_ptr& context,
                                            const scheduler_name& scheduler, room_pool_actor pool);

} // namespace maestro
