// Which schedulers a living node gives to which other one: all of them while it is draining or can write nothing, those that it
// cannot serve while its journal is behind, else some where another node owns fewer. Called by the CLUSTER DIRECTORY of the
// node that gives.
#pragma once

#include "actors/rules/cluster_table.hpp"

#include <map>
#include <set>
#include <vector>

namespace maestro::rules {

struct rebalancing_policy {
  /// A difference below that moves nothing; also the part of what the giver owns, in percent, where that is more.
  std::uint64_t difference_min = 2;
  std::uint64_t difference_percent = 10;
  std::size_t moves_at_once = 8;
  duration settled_after = std::chrono::seconds{10}; ///< a node that has just come gets nothing for so long
  duration settled_after_max = std::chrono::minutes{5};
};

/// Since when a member has been reached without a break (steady), and how often it came back lately.
struct steadiness {
  duration since{};
  std::uint32_t returns = 0;
};

struct scheduler_move {
  scheduler_name scheduler;
  node_name to;
  bool operator==(const scheduler_move&) const = default;
};

/// What the giver does with its schedulers.
struct giver {
  const std::map<scheduler_name, node_name>& moving; ///< under way, which counts as done
  const std::set<scheduler_name>& unserved;          ///< its own that it does not serve now
  bool is_behind = false;      ///< for so long that others shall serve those: at once, if any may take them
  bool writes_nothing = false; ///< likewise: what it serves is no use there either
};

/// The moves to begin now. One that is not served moves where it would wait for nothing else: from a node that leaves or is
/// behind.
std::vector<scheduler_move> moves_to_begin(const cluster_table& table,
                                           const std::map<node_name, steadiness>& steady, const giver& mine,
                                           duration now, const rebalancing_policy& policy);

} // namespace maestro::rules
