// SHARED JOURNAL: the JOURNAL KEEPER of a node that is in a cluster. What is durable is decided by the store: each batch is
// written there in a transaction that fails when the scheduler has another owner. From there every node copies all of it
// into its own journal, and when enough have it on their disks it leaves the store.
//
//   append ──> lot ──(one transaction: still the owner? still my last one?)──> STORE ──> answers
//                                                                               │ watched, and looked after
//   load, read, operations <── this node's JOURNAL KEEPER (the copy) <──────────┘
//
// Each transaction of a node also writes that node's key, under the condition that its last transaction did: one whose
// outcome is not known is sent again as it is, and happens once. The numbers written there tell whoever copies whether it
// has everything, so that a watch need not be trusted.
//
// Spawned and ended by the node. Its own stores' leases are not used.
#pragma once

#include "messages/shared_journal_actor.hpp"
#include "messages/time.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <functional>

namespace maestro {

/// What others count; each may be empty. Called from the actor.
struct shared_journal_watch {
  std::function<void(duration took, std::size_t batches)> committed; ///< one transaction
  std::function<void(std::size_t batches)> deposed;                  ///< so many were refused to an older owner
  /// At each look: transactions that stand in the store, bytes that wait for this node's disk.
  std::function<void(std::size_t in_store, std::size_t to_copy)> looked;
  std::function<void()> founded{}; ///< the cluster's journal began with this node's
};

struct shared_journal_parts {
  cluster_store_actor store;   ///< for transactions alone: nothing else makes them wait
  cluster_store_actor reading; ///< for everything else; may be the same one
  journal_actor copy;          ///< this node's own
  node_clock clock;
  cluster_member self;
  shared_journal_settings settings;
  shared_journal_watch watch{};
};

shared_journal_actor spawn_shared_journal(caf::actor_system& system, shared_journal_parts parts);

} // namespace maestro
