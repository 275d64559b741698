// Reads of the journal, in a thread of their own, so that a long read delays no commit. There may be several, each
// answering any question. The JOURNAL KEEPER
// delegates to it and ends it; nobody else knows it.
#pragma once

#include "messages/actors.hpp"
#include "nodes/journal/rocksdb_journal.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace maestro {

using journal_reader_actor =
    caf::typed_actor<ask<load_stream>::with<loaded_stream>, ask<list_streams>::with<stream_list>,
                     ask<read_events>::with<event_page>, ask<list_operations>::with<operation_page>,
                     ask<get_operation>::with<operation>, ask<list_copies>::with<copy_list>,
                     ask<read_snapshot>::with<snapshot_part>, ask<read_finished>::with<finished_list>>;

journal_reader_actor spawn_journal_reader(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                          wall_clock now);

} // namespace maestro
