// All that a decision of a room pool may look at, at one moment: the table, what is held beside it, the scheduler
// it works for and the numbers to obey. Made by the room pool for each decision, by tests from plain values.
#pragma once

#include "actors/rules/decision.hpp"
#include "actors/rules/known_versions.hpp"
#include "actors/rules/placement.hpp"
#include "actors/rules/pool_effect.hpp"
#include "actors/rules/port_leases.hpp"
#include "actors/rules/room_health_rules.hpp"
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
  const known_versions& versions;
  const std::string& node; ///< the one that decides
  const actor_settings& settings;
  clock_reading clock; ///< even not before this pool could hear pings
  known_hosts hosts{}; ///< where rooms can be placed; none: on `node`

  /// The room's own version; where that is not known the active one; nullptr before the scheduler has told itself.
  const scheduler* version_of(const room_record& room) const {
    auto* own = versions.find(room.version);
    return own != nullptr ? own : versions.active();
  }
  lifecycle_policy policy_for(const room_record& room) const {
    auto* version = version_of(room);
    return {version != nullptr ? version->max_matches : 1, allocation_ttl_of(settings, limits_of(room))};
  }
  /// Whose time limits the room has: the active version's, for changing them replaces no room; its own where it is to be
  /// replaced anyhow, or tries out its version.
  const scheduler* limits_of(const room_record& room) const {
    bool has_its_own = room.validation || versions.is_replaced(room.version);
    return has_its_own ? version_of(room) : versions.active();
  }
  room_make make_of(const room_record& room) const {
    auto* version = version_of(room);
    return {versions.is_replaced(room.version), version != nullptr ? version->max_matches : counted_matches_max};
  }
  actor_settings settings_of(const room_record& room) const { return settings_for(settings, limits_of(room)); }
};

template <class Reply>
using pool_decision = decision<pool_event, Reply, pool_effect>;

} // namespace maestro::rules
