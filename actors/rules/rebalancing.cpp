#include "actors/rules/rebalancing.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace maestro::rules {

namespace {

/// Each return doubles how long the node must be there before it is trusted with more.
bool is_settled(const std::map<node_name, steadiness>& steady, const node_name& node, duration now,
                const rebalancing_policy& policy) {
  auto found = steady.find(node);
  if (found == steady.end())
    return false;
  auto wait = policy.settled_after;
  for (std::uint32_t i = 0; i < found->second.returns && wait < policy.settled_after_max; ++i)
    wait *= 2;
  return now - found->second.since >= std::min(wait, policy.settled_after_max);
}

std::optional<node_name> fewest(const std::map<node_name, std::uint64_t>& counts) {
  std::optional<node_name> best;
  for (auto& [name, count] : counts)
    if (!best || count < counts.at(*best))
      best = name;
  return best;
}

} // namespace

std::vector<scheduler_move> moves_to_begin(const cluster_table& table,
                                           const std::map<node_name, steadiness>& steady, const giver& mine,
                                           duration now, const rebalancing_policy& policy) {
  std::vector<scheduler_move> moves;
  bool gives_all = table.is_draining(table.self()) || mine.writes_nothing;
  std::map<node_name, std::uint64_t> counts;
  for (auto& [name, known] : table.members()) {
    bool is_trusted = gives_all || mine.is_behind || is_settled(steady, name, now, policy);
    if (name != table.self() && is_trusted && table.may_take(name))
      counts[name] = table.owned_by(name);
  }
  auto owned = table.schedulers_of(table.self());
  auto left = owned.size() - std::min(mine.moving.size(), owned.size());
  for (auto& [scheduler, to] : mine.moving)
    if (auto found = counts.find(to); found != counts.end())
      ++found->second;
  for (auto& scheduler : owned) {
    if (moves.size() + mine.moving.size() >= policy.moves_at_once)
      break;
    bool is_unserved = mine.unserved.contains(scheduler);
    bool must_go = gives_all || (mine.is_behind && is_unserved);
    if (mine.moving.contains(scheduler) || (!must_go && (is_unserved || mine.is_behind)))
      continue;
    auto to = fewest(counts);
    if (!to)
      break;
    auto enough = std::max<std::uint64_t>(policy.difference_min, left * policy.difference_percent / 100);
    if (!must_go && left < counts[*to] + enough)
      break;
    moves.push_back({scheduler, *to});
    ++counts[*to];
    --left;
  }
  return moves;
}

} // namespace maestro::rules
