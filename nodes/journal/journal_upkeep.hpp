// What the journal needs besides commits and reads, in a thread of its own: writing snapshots, copying what is durable,
// dropping expired operations and, from time to time, events that a snapshot contains and that are older than the retention, and
// streams that ended before it. When a write has failed it tries the disk from time to time, until writing can go on. The
// JOURNAL KEEPER delegates to it and ends it; nobody else knows it.
#pragma once

#include "messages/actors.hpp"
#include "nodes/journal/rocksdb_journal.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

using journal_upkeep_actor =
    caf::typed_actor<ask<save_snapshot>::with<done>, ask<purge_operations>::with<operations_purged>,
                     ask<restore_copy>::with<done>, ask<save_watermark>::with<done>,
                     ask<make_checkpoint>::with<checkpoint_made>,
                     tell<timer_fired>>; // INTERNAL: look for old events, go on with the next stream, mend

/// To be sent when a write has failed.
timer_fired journal_to_mend();

journal_upkeep_actor spawn_journal_upkeep(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                          const journal_config& config, wall_clock now);

} // namespace maestro
