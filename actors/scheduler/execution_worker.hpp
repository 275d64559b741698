// EXECUTION WORKER: runs one operation at a time for the SCHEDULER it belongs to. Spawned and ended by it.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

execution_worker_actor spawn_execution_worker(caf::actor_system& system, const actor_context_ptr& context,
                                              const scheduler_actor& scheduler, room_pool_actor pool,
                                              health_controller_actor health);

} // namespace maestro
