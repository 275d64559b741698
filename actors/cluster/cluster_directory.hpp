// CLUSTER DIRECTORY: the SCHEDULER DIRECTORY of a node that is in a cluster. Knows from the store who is in and who owns
// which scheduler (actors/rules/cluster_table), hands each request to the node that owns its scheduler, lets all answer
// where all are asked, and chooses the owner of a new scheduler.
//
// Who owns a scheduler is decided by the store alone: the key `owners/<scheduler>` is made in a transaction that fails
// where there is one. What a node has in its journal and what the store says are compared all the time: a scheduler
// without owner is claimed, a key without scheduler is erased by the node it names, and a scheduler that belongs to
// another node is never served from here.
#pragma once

#include "actors/cluster/cluster_context.hpp"

namespace maestro {

cluster_directory_actor spawn_cluster_directory(caf::actor_system& system, const cluster_context_ptr& context);

} // namespace maestro
