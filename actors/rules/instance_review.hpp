// The runtime's whole list beside the pool's table: which differences are acted upon. News about a difference may
// still be on the way, so it counts when two lists in a row show it, or at once in the first list after a start.
#pragma once

#include "actors/rules/pool_view.hpp"

namespace maestro::rules {

class instance_review {
public:
  /// What is to be done about the differences, in the order orphans, creations, ends, drift, losses.
  std::vector<pool_effect> decide(const pool_view& pool, const std::vector<instance>& instances);

  /// Whether a list has come since the start: until then nobody knows which rooms outlived the node.
  bool has_begun() const { return has_begun_; }

private:
  bool has_begun_ = false;
  std::unordered_set<room_id> suspects_; ///< what the last list showed
};

} // namespace maestro::rules
