// JOURNAL KEEPER (messages/actors.hpp): the only place where "durable" is decided. One per node, in a thread of
// its own. What arrives while a sync is under way becomes the next batch: one write, one sync, then the answers.
// Reads, upkeep and subscriptions are delegated to helpers with threads of their own.
//
//   append ──> batch ──(mailbox empty, or batch full)──> write + sync ──> every answer of the batch, watchers told
//                                                              └─(failed)──> refused, and so is everything after
//
// Ended by an exit message: what was accepted is committed and answered, then the database is closed, then the
// actor is gone: the folder may be opened again by whoever monitors it.
#pragma once

#include "messages/actors.hpp"
#include "messages/error.hpp"
#include "nodes/journal/journal_config.hpp"
#include "nodes/journal/rocksdb_journal.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

/// Opens the journal of the configuration and keeps it. Fails with a text that names the path.
result<journal_actor> spawn_journal_keeper(caf::actor_system& system, const journal_config& config,
                                           wall_clock now);

/// Keeps a journal that is open already.
journal_actor spawn_journal_keeper(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                   const journal_config& config, wall_clock now);

} // namespace maestro
