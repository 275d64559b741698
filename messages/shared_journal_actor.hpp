// The SHARED JOURNAL's interface (actors/cluster/shared_journal.hpp).
#pragma once

#include "messages/cluster_actors.hpp"
#include "messages/shared_journal_settings.hpp"

namespace maestro {

/// A JOURNAL KEEPER to whoever writes and reads.
using shared_journal_actor =
    journal_actor::extend<tell<store_changes>, tell<store_contact>, tell<lease_lost>, // from the STORE
                          tell<known_peers>>; // from the CLUSTER DIRECTORY: whom to catch up from

} // namespace maestro
