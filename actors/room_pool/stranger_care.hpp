// What the runtime says of single instances, and what operators decide of those that the journal does not know
// (actors/rules/strangers). For the ROOM POOL, whose review knows them.
#pragma once

#include "actors/room_pool/pool_writer.hpp"
#include "actors/rules/instance_review.hpp"

namespace maestro {

/// News of the runtime: of a room it is its room's turn to decide, a stranger is noted, an orphan ended.
void hear(rules::instance_review& review, pool_writer& pool, const instance_event& event);

void adopt(rules::instance_review& review, pool_writer& pool, const adopt_stranger& wish,
           caf::typed_response_promise<done> answer);
void end(const rules::instance_review& review, pool_writer& pool, const end_stranger& wish,
         caf::typed_response_promise<done> answer);

} // namespace maestro
