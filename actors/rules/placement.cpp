#include "actors/rules/placement.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace maestro::rules {

namespace {

std::int64_t count_on(const rooms_by_node& rooms, const std::string& node) {
  auto found = rooms.find(node);
  return found == rooms.end() ? 0 : found->second;
}

} // namespace

std::string choose_host(const scheduler& recipe, const known_hosts& hosts, const rooms_by_node& rooms,
                        const rooms_by_node& planned, const std::string& here) {
  if (hosts == nullptr || recipe.spec.health.has_value())
    return here;
  using rank = std::tuple<std::int64_t, bool, std::string>;
  std::optional<rank> best;
  for (auto& host : *hosts) {
    if (!host.takes_rooms)
      continue;
    rank mine{count_on(rooms, host.node_id) + count_on(planned, host.node_id), !host.is_here, host.node_id};
    if (!best || mine < *best)
      best = mine;
  }
  return best ? std::get<std::string>(*best) : here;
}

bool is_on_lost_host(const known_hosts& hosts, const std::string& node_id) {
  return hosts != nullptr && std::any_of(hosts->begin(), hosts->end(),
                                         [&](auto& host) { return host.is_lost && host.node_id == node_id; });
}

} // namespace maestro::rules
