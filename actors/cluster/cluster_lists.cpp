// Where all nodes are asked: their answers become one list. A scheduler that is on its way from one node to another is waited
// for, as everywhere; whoever does not answer is said to be missing.
#include "actors/cluster/cluster_state.hpp"
#include "actors/put_question.hpp"

#include <algorithm>
#include <memory>

namespace maestro::clustered {

namespace {

const scheduler_name& name_of(const scheduler& one) {
  return one.name;
}
const scheduler_name& name_of(const scheduler_info& one) {
  return one.recipe.name;
}

/// One question to all nodes on its way.
template <class List>
struct gathering {
  struct found {
    typename decltype(List::items)::value_type what;
    scheduler_condition condition{};
    bool is_of_owner = false;
  };
  std::map<scheduler_name, found> all;
  std::set<scheduler_name> missing; ///< their nodes do not answer
  std::set<scheduler_name> moving;  ///< some node has just begun, or ceased, to serve them
  std::size_t waiting = 0;

  /// One of those that move and that nobody has listed.
  std::optional<scheduler_name> awaited() const {
    for (auto& name : moving)
      if (!all.contains(name))
        return name;
    return {};
  }
  List list() {
    List made;
    missing.merge(moving);
    for (auto& name : missing)
      if (!all.contains(name))
        made.unreachable.push_back(name);
    for (auto& [name, one] : all) {
      made.items.push_back(std::move(one.what));
      if constexpr (requires { made.conditions; })
        made.conditions.push_back(std::move(one.condition));
    }
    return made;
  }
};

// Two may list one for a moment: whoever the store says owns it is believed.
template <class List>
void add(self_ptr self, gathering<List>& work, List&& part, const node_name& node) {
  work.moving.insert(part.unreachable.begin(), part.unreachable.end());
  for (std::size_t i = 0; i < part.items.size(); ++i) {
    auto name = name_of(part.items[i]);
    auto* owner = self->state.table.owner(name);
    typename gathering<List>::found one{std::move(part.items[i]), {}, owner == nullptr || owner->node == node};
    if constexpr (requires { part.conditions; })
      if (i < part.conditions.size())
        one.condition = std::move(part.conditions[i]);
    if (auto known = work.all.find(name); known == work.all.end() || !known->second.is_of_owner)
      work.all.insert_or_assign(name, std::move(one));
  }
}

template <class List>
void miss(self_ptr self, gathering<List>& work, const node_name& node) {
  for (auto& name : self->state.table.schedulers_of(node))
    work.missing.insert(name);
}

template <class List>
using finishing = std::function<void(List&)>;

template <class List, class Request>
void ask_all(self_ptr self, const Request& request, const finishing<List>& finish,
             caf::typed_response_promise<List> answer, duration until);

template <class List, class Request>
void conclude(self_ptr self, gathering<List>& work, const Request& request, const finishing<List>& finish,
              caf::typed_response_promise<List> answer, duration until) {
  auto awaited = work.awaited();
  if (awaited && self->state.context->clock().steady < until)
    return wait_for(self, *awaited, until, [=](const result<done>& waited) {
      ask_all(self, request, finish, answer, waited ? until : duration{});
    });
  auto all = work.list();
  finish(all);
  answer.deliver(std::move(all));
}

template <class List, class Request>
void ask_all(self_ptr self, const Request& request, const finishing<List>& finish,
             caf::typed_response_promise<List> answer, duration until) {
  auto& state = self->state;
  auto work = std::make_shared<gathering<List>>();
  auto settle = [=] {
    if (--work->waiting == 0)
      conclude(self, *work, request, finish, answer, until);
  };
  auto& me = state.context->self.name;
  auto ask = [&](const auto& whom, const node_name& node) {
    ++work->waiting;
    put_question(self, whom, caf::infinite, request)
        .then(
            [self, work, settle, node](List& part) {
              add(self, *work, std::move(part), node);
              settle();
            },
            [self, work, settle, node](const caf::error&) {
              miss(self, *work, node);
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
      miss(self, *work, node);
  }
  settle();
}

template <class List, class Request>
caf::result<List> gather(self_ptr self, const Request& request, const finishing<List>& finish) {
  auto& context = *self->state.context;
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto answer = self->make_response_promise<List>();
  auto patience = context.moves_schedulers ? context.settings.handover_patience : duration{};
  ask_all(self, request, finish, answer, context.clock().steady + patience);
  return answer;
}

} // namespace

// One that is named and served here needs no question to all.
caf::result<scheduler_list> list(self_ptr self, const list_schedulers& filter) {
  auto& state = self->state;
  scheduler_name name(filter.name);
  auto own = state.own.find(name);
  if (!filter.name.empty() && own != state.own.end() && own->second.at == own_scheduler::stage::serving)
    return self->delegate(state.context->local, filter);
  return gather<scheduler_list>(self, filter, [filter, name](scheduler_list& all) {
    if (!filter.name.empty())
      std::erase_if(all.unreachable, [&](auto& one) { return one != name; });
  });
}

caf::result<scheduler_info_list> list_infos(self_ptr self, const list_scheduler_infos& filter) {
  return gather<scheduler_info_list>(self, filter, [filter](scheduler_info_list& all) {
    if (filter.limit != 0 && all.items.size() > filter.limit)
      all.items.resize(filter.limit);
  });
}

} // namespace maestro::clustered
