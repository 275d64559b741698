// What must be true where there is nothing left to do.
#include "actors/rules/autoscaling_policy.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/version_rules.hpp"
#include "nodes/simulation/invariants.hpp"
#include "nodes/simulation/wanted_rooms.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

bool invariants::is_idle() const {
  return std::all_of(schedulers_.begin(), schedulers_.end(),
                     [](auto& entry) { return entry.second.pending().empty() && entry.second.active().empty(); });
}

void invariants::check_rest(const std::vector<instance>& instances) {
  read_new_events();
  check_acknowledged();
  check_replay(disk_);
  std::set<room_id> running;
  for (auto& one : instances)
    running.insert(one.id);
  std::size_t rooms = 0;
  for (auto& [stream, pool] : pools_) {
    rooms += pool.size();
    for (auto& room : pool.rooms())
      if (!running.contains(room.id))
        report("G4", fmt::format("room {} ({}) has no instance at rest", room.id.str(), to_string(room.status)));
  }
  if (rooms < running.size())
    report("G4", fmt::format("{} instances but {} rooms at rest", running.size(), rooms));
  for (auto& [stream, one] : schedulers_) {
    if (!one.pending().empty() || !one.active().empty())
      report("G7",
             fmt::format("{} has {} pending and {} active operations at rest: {} {}", stream, one.pending().size(),
                         one.active().size(),
                         definition_name((one.active().empty() ? one.pending() : one.active()).front().definition),
                         (one.active().empty() ? one.pending() : one.active()).front().id.str()));
    if (!one.exists())
      continue;
    check_rooms_at_rest(one, pools_["rooms/" + one.recipe().name.str()]);
  }
}

std::set<scheduler_name> invariants::whole_schedulers() const {
  std::set<scheduler_name> whole;
  for (auto& [stream, one] : schedulers_) {
    if (!one.exists() || !one.pending().empty() || !one.active().empty())
      continue;
    auto pool = pools_.find("rooms/" + one.recipe().name.str());
    auto counts = pool == pools_.end() ? room_counts{} : counts_of(pool->second);
    if (available(counts) >= wanted_by(one.recipe(), counts))
      whole.insert(one.recipe().name);
  }
  return whole;
}

void invariants::check_replaced(const std::set<scheduler_name>& whole, const std::string& lost_node) {
  for (auto& [stream, one] : schedulers_) {
    if (!one.exists() || !whole.contains(one.recipe().name))
      continue;
    auto counts = counts_of(pools_["rooms/" + one.recipe().name.str()], lost_node);
    auto wanted = wanted_by(one.recipe(), counts);
    if (available(counts) < wanted)
      report("G8", fmt::format("{} has {} available rooms without {}, which is lost, and wants {}",
                               one.recipe().name.str(), available(counts), lost_node, wanted));
  }
}

// Every room is of the active make, none drains, and there are as many as are wanted; or more, where the policy lets
// none go.
void invariants::check_rooms_at_rest(const rules::scheduler_table& scheduler, const rules::room_table& pool) {
  auto& recipe = scheduler.recipe();
  if (recipe.state != scheduler_phase::in_sync)
    report("G7", fmt::format("{} is {} at rest", recipe.name.str(), to_string(recipe.state)));
  for (auto& room : pool.rooms()) {
    auto own = rules::scheduler_of(scheduler, recipe.name, room.version);
    bool is_old = own && rules::classify_change(*own, recipe) == rules::change_kind::major;
    if (is_old || room.validation || room.drain != removal_cause::none)
      report("G8", fmt::format("room {} of version {} is there at rest; it {}", room.id.str(), room.version,
                               is_old            ? "was to be replaced"
                               : room.validation ? "tried out a version"
                                                 : "drains"));
  }
  auto& counts = pool.counts(); // also those that are to end
  auto there = available(counts);
  auto wanted = wanted_by(recipe, counts);
  bool may_be_more = recipe.autoscaling && recipe.autoscaling->enabled &&
                     !rules::lets_rooms_go(recipe.autoscaling->policy, counts, recipe.max_matches);
  if (there < wanted || (there > wanted && !may_be_more))
    report("G8", fmt::format("{} has {} available rooms at rest, wanted {}", recipe.name.str(), there, wanted));
}

} // namespace maestro::simulation
