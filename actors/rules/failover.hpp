// When the schedulers of a node that does not answer go to others, and to whom. Nothing here is about safety: a node that
// was taken for dead and is not finds its next write refused. It is about not doing so without need: a link that is cut
// between two living nodes must not move anything where others see both.
//
// A node is absent for this one while the link to it is down; it has ended when nobody listens at its address any more. It
// is suspected after `suspect_after`, and says so to the others, through the store. It is replaced when it has ended, when
// it is not in the cluster any more, or when more than half of the others that are in suspect it, and, where there is no
// other, when it does not suspect this node itself.
#pragma once

#include "actors/rules/cluster_table.hpp"

#include <map>
#include <set>
#include <vector>

namespace maestro::rules {

/// What this node knows of a neighbour whose link is down.
struct absence {
  duration since{};       ///< steady
  bool has_ended = false; ///< nobody listens where it was
};
using absences = std::map<node_name, absence>;

/// Since when they have no key, though they are reached; steady.
using lapses = std::map<node_name, duration>;

struct failover_policy {
  duration suspect_after = std::chrono::milliseconds{250}; ///< the link was down; others must say the same
  duration replace_ended_after = std::chrono::seconds{1};  ///< so that a quick restart moves nothing
  duration replace_gone_after =
      std::chrono::seconds{5}; ///< one that was gone before this node came: all may be starting
  duration next_in_line = std::chrono::seconds{1}; ///< how much later each of the others tries
  /// A node sees its own key go and writes it again at once, or when it next keeps its lease, a quarter of one later.
  duration give_up_lapsed_after = std::chrono::seconds{3};
};

/// Those that have not come back in time, though they answer: they cannot reach the store.
std::vector<node_name> lapsed_for_good(const lapses& since, duration now, const failover_policy& policy);

/// Whom this node suspects.
std::set<node_name> suspects(const cluster_table& table, const absences& absent, duration now,
                             const failover_policy& policy);

/// Whether the node's schedulers go to others. A node that is in and reached is never replaced.
bool is_replaceable(const cluster_table& table, const absences& absent, const node_name& node, duration now,
                    const failover_policy& policy);

/// This node's place in the line of those that may take a scheduler, 0 first, the same whichever node asks as long as all
/// know the same; the length of the line where it may take none.
std::size_t place_in_line(const cluster_table& table, const scheduler_name& scheduler, const node_name& lost);

/// Schedulers of nodes that are to be replaced, which this node takes now, by owner.
std::map<node_name, std::vector<scheduler_name>> schedulers_to_take(const cluster_table& table,
                                                                    const absences& absent, duration now,
                                                                    const failover_policy& policy);

} // namespace maestro::rules
