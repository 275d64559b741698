#include "actors/scheduler_state.hpp"

#include "actors/rules/operation_history.hpp"

#include <algorithm>

namespace maestro {

namespace {

auto by_id(const operation_id& id) {
  return [&id](const operation& one) { return one.id == id; };
}

const operation* find_in(const std::vector<operation>& list, const operation_id& id) {
  auto found = std::find_if(list.begin(), list.end(), by_id(id));
  return found == list.end() ? nullptr : &*found;
}

} // namespace

struct scheduler_entity::applier {
  scheduler_snapshot& state;

  void operator()(const scheduler_created& event) {
    state = {};
    state.exists = true;
    state.entity = event.entity;
    state.versions.push_back({event.entity, event.entity.created_at});
  }
  void operator()(const scheduler_state_changed& event) { state.entity.state = event.state; }
  void operator()(const scheduler_downscaled& event) { state.entity.last_downscale_at = event.at; }
  void operator()(const operation_enqueued& event) {
    state.pending.insert(event.priority ? state.pending.begin() : state.pending.end(), event.what);
  }
  void operator()(const operation_started& event) {
    auto found = std::find_if(state.pending.begin(), state.pending.end(), by_id(event.id));
    if (found == state.pending.end())
      return;
    state.active.push_back(rules::started(std::move(*found), event.at));
    state.pending.erase(found);
  }
  void operator()(const operation_progressed& event) {
    for (auto& one : state.active)
      if (one.id == event.id)
        one.history.push_back(event.line);
  }
  void operator()(const operation_ended& event) {
    std::erase_if(state.active, by_id(event.id));
    std::erase_if(state.pending, by_id(event.id));
  }
  void operator()(const scheduler_deleted&) { state = {}; }
};

void scheduler_entity::apply(const scheduler_event& event) {
  std::visit(applier{state_}, event);
}

const operation* scheduler_entity::find_pending(const operation_id& id) const {
  return find_in(state_.pending, id);
}

const operation* scheduler_entity::find_active(const operation_id& id) const {
  return find_in(state_.active, id);
}

} // namespace maestro
