// SCHEDULER: the one writer of a scheduler's scheduler and of its operations; its mailbox is the operation queue.
// Event-sourced on the stream `scheduler/<name>`. It writes one batch at a time: commands that come meanwhile
// wait. Owns its EXECUTION WORKER, HEALTH CONTROLLER and RUNTIME WATCHER; spawned and ended by the directory.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

/// `is_recovery`: tell the directory what the journal holds (scheduler_changed or scheduler_gone); otherwise the
/// actor waits for create_scheduler. Handles nothing before its stream is recovered; ends when the stream cannot
/// be read.
scheduler_actor spawn_scheduler(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& name, room_pool_actor pool,
                                const local_directory_actor& directory, bool is_recovery);

} // namespace maestro
