#include "actors/rules/failover.hpp"

#include <algorithm>
#include <utility>

namespace maestro::rules {

namespace {

duration lasted(const absence& one, duration now) {
  return now - one.since;
}

const absence* find(const absences& absent, const node_name& node) {
  auto found = absent.find(node);
  return found == absent.end() ? nullptr : &found->second;
}

duration wait_for(const cluster_table& table, const absence& gone, const node_name& node,
                  const failover_policy& policy) {
  if (gone.has_ended)
    return policy.replace_ended_after;
  return table.member(node) == nullptr ? policy.replace_gone_after : policy.suspect_after;
}

/// How long the node has been replaceable; the ones further back in the line wait that much longer.
duration overdue(const cluster_table& table, const absences& absent, const node_name& node, duration now,
                 const failover_policy& policy) {
  auto* gone = find(absent, node);
  if (gone == nullptr)
    return {};
  return std::max<duration>(lasted(*gone, now) - wait_for(table, *gone, node, policy), duration{});
}

} // namespace

std::vector<node_name> lapsed_for_good(const lapses& since, duration now, const failover_policy& policy) {
  std::vector<node_name> names;
  for (auto& [node, begun_at] : since)
    if (now - begun_at >= policy.give_up_lapsed_after)
      names.push_back(node);
  return names;
}

std::set<node_name> suspects(const cluster_table& table, const absences& absent, duration now,
                             const failover_policy& policy) {
  std::set<node_name> names;
  for (auto& [node, one] : absent)
    if (table.member(node) != nullptr && lasted(one, now) >= policy.suspect_after)
      names.insert(node);
  return names;
}

bool is_replaceable(const cluster_table& table, const absences& absent, const node_name& node, duration now,
                    const failover_policy& policy) {
  if (node == table.self())
    return false;
  auto* known = table.member(node);
  auto* gone = find(absent, node);
  if (gone == nullptr || (known != nullptr && known->is_reached))
    return false;
  if (lasted(*gone, now) < wait_for(table, *gone, node, policy))
    return false;
  if (known == nullptr || gone->has_ended)
    return true;
  std::size_t others = 0;
  std::size_t suspecting = 0;
  for (auto& [name, member] : table.members()) {
    if (name == node)
      continue;
    ++others;
    suspecting += name == table.self() || table.suspicions_of(name).contains(node);
  }
  if (others == 1)
    return !table.suspicions_of(node).contains(table.self());
  return suspecting * 2 > others;
}

std::size_t place_in_line(const cluster_table& table, const scheduler_name& scheduler, const node_name& lost) {
  std::vector<std::pair<std::uint64_t, node_name>> line;
  for (auto& [name, known] : table.members())
    if (name != lost && table.may_take(name))
      line.emplace_back(rank_of(scheduler, name), name);
  std::sort(line.begin(), line.end());
  auto mine = std::find_if(line.begin(), line.end(), [&](auto& one) { return one.second == table.self(); });
  return static_cast<std::size_t>(mine - line.begin());
}

std::map<node_name, std::vector<scheduler_name>> schedulers_to_take(const cluster_table& table,
                                                                    const absences& absent, duration now,
                                                                    const failover_policy& policy) {
  std::map<node_name, std::vector<scheduler_name>> all;
  if (!table.may_take(table.self()))
    return all;
  for (auto& view : table.views()) {
    auto& lost = view.member.name;
    if (view.schedulers == 0 || !is_replaceable(table, absent, lost, now, policy))
      continue;
    auto late = overdue(table, absent, lost, now, policy);
    for (auto& scheduler : table.schedulers_of(lost))
      if (late >= policy.next_in_line * static_cast<std::int64_t>(place_in_line(table, scheduler, lost)))
        all[lost].push_back(scheduler);
  }
  return all;
}

} // namespace maestro::rules
