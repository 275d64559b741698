// All that a decision of a room pool may look at, at one moment: the table, what is held beside it, the scheduler it
// works for and the numbers to obey. Made by the room pool for each decision, by tests from plain values.
#pragma once

#include "actors/rules/decision.hpp"
#include "actors/rules/pool_effect.hpp"
#include "actors/rules/port_leases.hpp"
#include "actors/rules/room_lifecycle.hpp"
#include "actors/rules/room_table.hpp"
#include "messages/settings.hpp"

#include <unordered_set>

namespace maestro::rules {

struct pool_view {
  const scheduler_name& name;
  const room_table& rooms;
  const port_leases& leases;
  const std::unordered_set<room_id>& creating; ///< from the decision until the runtime answered
  const maestro::scheduler* scheduler;         ///< nullptr until it has told itself to the pool
  const settings& limits;
  timestamp now;

  lifecycle_policy policy() const { return {scheduler ? scheduler->max_matches : 1, limits.room_allocation_ttl}; }
};

template <class Reply>
using pool_decision = decision<pool_event, Reply, pool_effect>;

} // namespace maestro::rules
