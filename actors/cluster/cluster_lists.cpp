// Where all nodes are asked: their answers become one, and whoever does not answer is said to be missing.
#include "actors/cluster/cluster_state.hpp"

#include <algorithm>
#include <memory>

namespace maestro::clustered {

namespace {

/// One question to all nodes on its way.
template <class List>
struct gathering {
  List all;
  std::size_t waiting = 0;
  caf::typed_response_promise<List> answer;
};

const scheduler_name& name_of(const scheduler& one) {
  return one.name;
}
const scheduler_name& name_of(const scheduler_info& one) {
  return one.recipe.name;
}

// Only what the store says a node owns is believed: what belongs to another is that one's to tell.
template <class List>
void add_of(self_ptr self, List& all, List&& part, const node_name& node) {
  for (std::size_t i = 0; i < part.items.size(); ++i) {
    auto* owner = self->state.table.owner(name_of(part.items[i]));
    if (owner != nullptr && owner->node != node)
      continue;
    if constexpr (requires { all.conditions; })
      if (i < part.conditions.size()) {
        all.conditions.resize(all.items.size());
        all.conditions.push_back(std::move(part.conditions[i]));
      }
    all.items.push_back(std::move(part.items[i]));
  }
}

void sort(scheduler_info_list& list) {
  std::sort(list.items.begin(), list.items.end(), [](auto& a, auto& b) { return a.recipe.name < b.recipe.name; });
}

void sort(scheduler_list& list) {
  list.conditions.resize(list.items.size());
  std::vector<std::pair<scheduler, scheduler_condition>> pairs;
  for (std::size_t i = 0; i < list.items.size(); ++i)
    pairs.emplace_back(std::move(list.items[i]), std::move(list.conditions[i]));
  std::sort(pairs.begin(), pairs.end(), [](auto& a, auto& b) { return a.first.name < b.first.name; });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    list.items[i] = std::move(pairs[i].first);
    list.conditions[i] = std::move(pairs[i].second);
  }
}

template <class List>
void miss(self_ptr self, List& all, const node_name& node) {
  for (auto& name : self->state.table.schedulers_of(node))
    all.unreachable.push_back(name);
}

template <class List, class Request>
caf::result<List> gather(self_ptr self, const Request& request, std::function<void(List&)> finish) {
  auto& state = self->state;
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto work = std::make_shared<gathering<List>>();
  work->answer = self->make_response_promise<List>();
  auto settle = [self, work, finish] {
    if (--work->waiting > 0)
      return;
    sort(work->all);
    std::sort(work->all.unreachable.begin(), work->all.unreachable.end());
    finish(work->all);
    work->answer.deliver(std::move(work->all));
  };
  auto& me = state.context->self.name;
  auto ask = [&](const auto& whom, const node_name& node) {
    ++work->waiting;
    self->request(whom, caf::infinite, request)
        .then(
            [self, work, settle, node](List& part) {
              add_of(self, work->all, std::move(part), node);
              settle();
            },
            [self, work, settle, node](const caf::error&) {
              miss(self, work->all, node);
              settle();
            });
  };
  ++work->waiting; // until all are asked
  ask(state.context->local, me);
  for (auto& view : state.table.views()) {
    auto& node = view.member.name;
    if (node == me)
      continue;
    if (auto peer = state.peers.find(node); peer != state.peers.end() && state.table.member(node)->is_reached)
      ask(peer->second, node);
    else
      miss(self, work->all, node);
  }
  auto answer = work->answer;
  settle();
  return answer;
}

} // namespace

// One that is named needs no question to all.
caf::result<scheduler_list> list(self_ptr self, const list_schedulers& filter) {
  auto& state = self->state;
  if (filter.name.empty())
    return gather<scheduler_list>(self, filter, [](scheduler_list&) {});
  if (auto why = not_ready(self))
    return to_caf(*why);
  scheduler_name name(filter.name);
  auto* owner = state.table.owner(name);
  if (owner == nullptr || owner->node == state.context->self.name)
    return self->delegate(state.context->local, filter);
  auto* known = state.table.member(owner->node);
  auto peer = state.peers.find(owner->node);
  if (known == nullptr || !known->is_reached || peer == state.peers.end())
    return scheduler_list{{}, {}, {name}};
  return self->delegate(peer->second, filter);
}

caf::result<scheduler_info_list> list_infos(self_ptr self, const list_scheduler_infos& filter) {
  return gather<scheduler_info_list>(self, filter, [filter](scheduler_info_list& all) {
    if (filter.limit != 0 && all.items.size() > filter.limit)
      all.items.resize(filter.limit);
  });
}

} // namespace maestro::clustered
