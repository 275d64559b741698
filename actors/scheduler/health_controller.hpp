// HEALTH CONTROLLER: keeps the wanted number of rooms alive. A look that finds something to do becomes a
// health_controller operation in the scheduler's queue; inside such an operation the worker asks it for the plan of
// this turn. A look that finds nothing leaves no trace.
//
//   tick, lost room, live scheduler ──> look ──> plan ──> (nothing to do)
//                                                 └──> enqueue health_controller ──> (queue) ──> run_health_check
//                                                        ──> plan ──> add_rooms, remove_rooms
//
// Looks coalesce: one timer for the next one, at most one queued. Spawned and ended by its SCHEDULER.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

health_controller_actor spawn_health_controller(caf::actor_system& system, const actor_context_ptr& context,
                                                const scheduler_actor& scheduler, room_pool_actor pool);

} // namespace maestro
