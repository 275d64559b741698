// The numbers of the SHARED JOURNAL (actors/cluster/shared_journal.hpp): what it bounds, and how long it waits.
#pragma once

#include "messages/time.hpp"

#include <chrono>
#include <cstdint>

namespace maestro {

/// Keys cluster.journal.*, as far as they are for operators. Every count is at least 1, every duration positive; the two
/// delays may be 0.
struct shared_journal_settings {
  std::uint64_t lot_operations = 120;    ///< conditions, or writes, of one transaction
  std::uint64_t lot_bytes = 1u << 20;    ///< of its batches; a batch that is longer is refused
  std::uint64_t waiting_batches = 65536; ///< for their transaction; more are refused
  std::uint64_t waiting_bytes = 64u << 20;
  std::uint64_t copying_batches = 256;     ///< under way to this node's own journal
  std::uint64_t copying_bytes = 64u << 20; ///< waiting for it, or heard too early; what is beyond is read again
  std::uint64_t entries_per_page = 256;    ///< of the store's; those of one transaction stay together
  /// Where the transaction before held so many appends or more, those who were just answered come again: it pays to wait
  /// for them, so long at most (after PostgreSQL's commit_siblings and commit_delay).
  std::uint64_t commit_siblings = 5;
  duration commit_delay = std::chrono::milliseconds{5};
  duration copy_delay =
      std::chrono::milliseconds{20}; ///< what is written is synced here together, unless it is waited for
  duration retry_min = std::chrono::milliseconds{20}; ///< pause before a transaction is sent again; doubled
  duration retry_max = std::chrono::seconds{1};       ///< up to this
  /// An outcome unknown for longer: new batches are refused. etcd takes up to some three seconds to elect a new leader.
  duration doubt_limit = std::chrono::seconds{4};
  duration look_interval = std::chrono::milliseconds{500}; ///< between two looks whether the copy has everything
  duration idle_look_interval = std::chrono::seconds{5};   ///< the same where nothing is written
  duration watch_patience = std::chrono::milliseconds{20}; ///< until the watch has told what was looked for
  duration load_patience = std::chrono::seconds{10}; ///< how long a stream is waited for that is not here yet
  std::uint64_t copies = 3; ///< on so many nodes' disks, or all there are, before the store forgets
  std::uint64_t tail_events =
      16384; ///< after its snapshot a stream has so many here: a neighbour may have a newer one
  /// This node's disk may become the first copy though it has seen epochs of a cluster: what the store had is lost.
  bool may_found = false;
  duration trim_interval = std::chrono::seconds{2};
  duration compact_interval =
      std::chrono::minutes{1}; ///< between two times that the store is told to use the space again
};

} // namespace maestro
