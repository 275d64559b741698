#include "actors/rules/instance_review.hpp"

#include "actors/rules/reconciliation.hpp"
#include "actors/rules/room_removal.hpp"

namespace maestro::rules {

std::vector<pool_effect> instance_review::decide(const pool_view& pool, const std::vector<instance>& instances) {
  auto plan = reconcile(pool.rooms.rooms(), instances, pool.creating);
  std::vector<pool_effect> effects;
  std::unordered_set<room_id> differing;
  auto is_confirmed = [&](const room_id& id) {
    differing.insert(id);
    return !has_begun_ || suspects_.contains(id);
  };
  for (auto& orphan : plan.orphans)
    if (is_confirmed(orphan.id))
      for (auto& effect : end_of_orphan(orphan.id))
        effects.push_back(std::move(effect));
  for (auto& id : plan.to_create)
    if (is_confirmed(id)) {
      effects.emplace_back(begin_creation{id});
      effects.emplace_back(ask_for_instance{id, 0, {}});
    }
  for (auto& id : plan.to_delete)
    if (is_confirmed(id))
      effects.emplace_back(ask_for_end{id, pool.rooms.find(id)->removal, 0});
  for (auto& seen : plan.drifted)
    if (is_confirmed(seen.id))
      effects.emplace_back(look_at_instance{seen});
  for (auto& id : plan.gone)
    if (is_confirmed(id))
      effects.emplace_back(end_room{id, removal_cause::none, "the runtime no longer knows it"});
  suspects_ = std::move(differing);
  has_begun_ = true;
  return effects;
}

} // namespace maestro::rules
