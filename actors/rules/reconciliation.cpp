#include "actors/rules/reconciliation.hpp"

#include <algorithm>

namespace maestro::rules {

namespace {

bool differs(const room_record& room, const instance& seen) {
  return room.instance != seen.status || room.instance_exited != seen.exited || room.host != seen.host;
}

bool was_never_started(const room_record& room) {
  return room.instance == instance_status::unknown;
}

void compare(reconciliation& plan, const room_record& room, const instance* seen) {
  bool is_leaving = room.removal != removal_cause::none;
  if (seen == nullptr) {
    (was_never_started(room) && !is_leaving ? plan.to_create : plan.gone).push_back(room.id);
    return;
  }
  if (differs(room, *seen))
    plan.drifted.push_back(*seen);
  if (is_leaving)
    plan.to_delete.push_back(room.id);
}

} // namespace

reconciliation reconcile(const std::unordered_map<room_id, room_record>& rooms,
                         const std::vector<instance>& instances, const std::unordered_set<room_id>& creating) {
  reconciliation plan;
  std::unordered_map<room_id, const instance*> seen;
  for (auto& one : instances) {
    seen.emplace(one.id, &one);
    if (!rooms.contains(one.id))
      plan.orphans.push_back(one);
  }
  for (auto& [id, room] : rooms) {
    if (creating.contains(id))
      continue;
    auto found = seen.find(id);
    compare(plan, room, found == seen.end() ? nullptr : found->second);
  }
  for (auto* ids : {&plan.to_create, &plan.to_delete, &plan.gone})
    std::sort(ids->begin(), ids->end());
  std::sort(plan.drifted.begin(), plan.drifted.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return plan;
}

} // namespace maestro::rules
