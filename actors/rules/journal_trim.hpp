// What of a cluster's journal may leave the store: what is on enough nodes' disks. For the SHARED JOURNAL and whoever
// removes a node.
#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace maestro {
struct archive_state;
}

namespace maestro::rules {

/// Up to which revision entries may go; 0: none. `copies`: how far each node's is; `live`: the nodes that are in.
/// On as many of the live ones as there are, `wanted` at most, but on two where two nodes have copies: what is on one
/// disk alone goes with it. Where fewer than that are live, on all: who is away may be lost, and nobody knows which.
/// Beyond `overdue` on all that live, where there are more: who is a little late would have to take it from another's disk.
std::int64_t trim_up_to(const std::map<node_name, std::int64_t>& copies, const std::set<node_name>& live,
                        std::size_t wanted, std::int64_t overdue);

/// What of the store is older than a span of time, by what its revision was now and then.
class revision_ages {
public:
  explicit revision_ages(duration span) : span_(span) {}
  void note(duration now, std::int64_t revision);
  /// Everything up to there is; 0: of nothing it is known.
  std::int64_t older(duration now) const;

private:
  duration span_;
  std::deque<std::pair<duration, std::int64_t>> seen_;
};

/// A node beside `leaving` whose disk has everything that the store has forgotten. One that is away counts: its disk is
/// there. None where the store has forgotten nothing.
std::optional<node_name> keeper_beside(const node_name& leaving, const archive_state& archive);
/// Whether only that node's disk has it: what is lost with it is lost.
bool keeps_alone(const node_name& name, const archive_state& archive);

/// Who does it: one of the live nodes whose copies have all of it. One that is stuck does nothing.
std::optional<node_name> who_trims(const std::map<node_name, std::int64_t>& copies,
                                   const std::set<node_name>& live, std::int64_t up_to);

} // namespace maestro::rules
