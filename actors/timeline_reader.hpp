// TIMELINE READER (messages/actors.hpp): tells from the journal what happened to one room or one operation. It walks
// the stream page by page, one page at a time for each query, so that neither it nor the journal is held up for
// long by a long history; nothing of a stream is kept between queries. One per node; the directory spawns, asks and
// ends it.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

namespace maestro {

timeline_reader_actor spawn_timeline_reader(caf::actor_system& system, const actor_context_ptr& context);

} // namespace maestro
