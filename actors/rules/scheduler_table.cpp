#include "actors/rules/scheduler_table.hpp"

#include "actors/rules/operation_history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

namespace {

auto by_id(const operation_id& id) {
  return [&id](const operation& one) { return one.id == id; };
}

const operation* find_in(const std::vector<operation>& list, const operation_id& id) {
  auto found = std::find_if(list.begin(), list.end(), by_id(id));
  return found == list.end() ? nullptr : &*found;
}

} // namespace

struct scheduler_table::applier {
  scheduler_snapshot& state;

  void operator()(const scheduler_created& event) {
    state = {};
    state.exists = true;
    state.recipe = event.recipe;
    state.versions.push_back({event.recipe, event.recipe.created_at});
  }
  void operator()(const scheduler_state_changed& event) { state.recipe.state = event.state; }
  void operator()(const scheduler_downscaled& event) { state.recipe.last_downscale_at = event.at; }
  void operator()(const operation_enqueued& event) {
    state.pending.insert(event.priority ? state.pending.begin() : state.pending.end(), event.what);
  }
  void operator()(const operation_started& event) {
    auto found = std::find_if(state.pending.begin(), state.pending.end(), by_id(event.id));
    if (found == state.pending.end())
      return;
    state.active.push_back(started(std::move(*found), event.at));
    state.pending.erase(found);
  }
  void operator()(const operation_progressed& event) {
    for (auto& one : state.active)
      if (one.id == event.id)
        one.history.push_back(event.line);
  }
  void operator()(const operation_stepped& event) {
    for (auto& one : state.active)
      if (one.id == event.id)
        one.step = event.step;
  }
  void operator()(const operation_ended& event) {
    std::erase_if(state.active, by_id(event.id));
    std::erase_if(state.pending, by_id(event.id));
  }
  void operator()(const scheduler_deleted&) { state = {}; }
};

void scheduler_table::apply(const scheduler_event& event) {
  std::visit(applier{state_}, event);
}

const operation* scheduler_table::find_pending(const operation_id& id) const {
  return find_in(state_.pending, id);
}

const operation* scheduler_table::find_active(const operation_id& id) const {
  return find_in(state_.active, id);
}

result<scheduler> scheduler_of(const scheduler_table& table, const scheduler_name& name,
                               const std::string& version) {
  auto& snapshot = table.snapshot();
  if (table.exists() && version.empty())
    return table.recipe();
  for (auto& stored : snapshot.versions) {
    if (stored.recipe.spec.version != version)
      continue;
    auto recipe = stored.recipe;
    recipe.state = table.recipe().state;
    recipe.created_at = stored.created_at;
    return recipe;
  }
  return failure{ec::not_found, fmt::format("scheduler {} not found", name.str()), failure_subject::scheduler};
}

version_list versions_of(const scheduler_table& table) {
  auto& active = table.recipe().spec.version;
  version_list list;
  for (auto& stored : table.snapshot().versions)
    list.items.push_back({stored.recipe.spec.version, stored.recipe.spec.version == active, stored.created_at});
  std::reverse(list.items.begin(), list.items.end());
  return list;
}

operation_page operations_of(const scheduler_table& table, operation_stage stage, const actor_settings& settings,
                             timestamp now) {
  operation_page page;
  page.items = stage == operation_stage::pending ? table.pending() : table.active();
  for (auto& one : page.items)
    if (one.status == operation_status::in_progress)
      one.lease_until = lease_until(one.started_at, settings.operation_lease_ttl, now);
  page.total = static_cast<std::uint32_t>(page.items.size());
  return page;
}

} // namespace maestro::rules
