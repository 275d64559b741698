// What this node begins and ceases to serve: the store says whose a scheduler is, and this makes it true here. A request
// that comes while a scheduler is on its way waits, for a bounded time, instead of being refused.
#include "actors/call_later.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/served_schedulers.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::clustered {

namespace {

using stage = own_scheduler::stage;

constexpr auto adopt_again = std::chrono::seconds{1};
constexpr auto look_again = std::chrono::milliseconds{100};
/// For a journal that was just opened or catches up, or whose disk is full for a moment.
constexpr auto behind_patience = std::chrono::seconds{10};

/// A move may have begun since, or another epoch.
bool is_adopting(self_ptr self, const scheduler_name& name, std::int64_t epoch) {
  auto found = self->state.own.find(name);
  return found != self->state.own.end() && found->second.epoch == epoch && found->second.at == stage::adopting;
}

void adopt(self_ptr self, const scheduler_name& name, std::int64_t epoch) {
  set_own(self, name, {epoch, stage::adopting});
  adopt_scheduler wish{name, epoch_of(self->state.table.era(), epoch)};
  put_question(self, self->state.context->local, caf::infinite, wish)
      .then(
          [self, name, epoch](done) {
            if (!is_adopting(self, name, epoch))
              return;
            set_own(self, name, {epoch, stage::serving});
            log_info("cluster_directory", "this node serves a scheduler",
                     {name, {"epoch", epoch}, {"node", self->state.context->self.name.str()}});
          },
          [self, name, epoch](const caf::error& error) {
            if (!is_adopting(self, name, epoch))
              return;
            auto why = from_caf(error);
            if (why.code == ec::not_found)
              return set_own(self, name, {epoch, stage::missing});
            log_warn("cluster_directory", "a scheduler of this node cannot be served yet",
                     {name, {"error", why.text}});
            self->state.own.erase(name);
            if (!std::exchange(self->state.is_adopting_again, true))
              call_later(self, adopt_again, timer::adopt_again);
          });
}

void let_go(self_ptr self, const scheduler_name& name, std::function<void()> then) {
  auto settle = [then = std::move(then)] { then(); };
  put_question(self, self->state.context->local, caf::infinite, release_scheduler{name})
      .then([settle](done) { settle(); }, [settle](const caf::error&) { settle(); });
}

// What was adopted meanwhile (it is this node's again, in a newer epoch) is here: whoever owns it now, it is not forgotten.
void forget_move(self_ptr self, const scheduler_name& name) {
  self->state.moving.erase(name);
  auto own = self->state.own.find(name);
  if (own != self->state.own.end() && own->second.at == stage::moving)
    self->state.own.erase(own);
}

void end_move(self_ptr self, const scheduler_name& name) {
  forget_move(self, name);
  follow_owner(self, name);
  wake(self, name);
  rebalance(self); // the next one, if there is one
}

/// Nobody knows, or nothing changed: what the store says now counts.
void look_what_became(self_ptr self, const scheduler_name& name) {
  look_up(self, name, [self, name](const result<done>& looked) {
    if (looked)
      return end_move(self, name);
    if (!std::exchange(self->state.is_adopting_again, true))
      call_later(self, adopt_again, timer::adopt_again);
    forget_move(self, name);
  });
}

void move(self_ptr self, const rules::scheduler_move& what) {
  auto& state = self->state;
  auto* owner = state.table.owner(what.scheduler);
  if (owner == nullptr || owner->node != state.context->self.name || state.in_creation.contains(what.scheduler))
    return;
  log_info("cluster_directory", "a scheduler moves", {what.scheduler, {"to", what.to.str()}});
  auto epoch = owner->revision;
  state.moving[what.scheduler] = what.to;
  set_own(self, what.scheduler, {epoch, stage::moving});
  auto begun_at = state.context->clock().steady;
  let_go(self, what.scheduler, [self, what, epoch, begun_at] {
    auto key = owner_key(what.scheduler);
    change_store wanted{{{key, epoch}}, {{store_write_kind::put, key, owner_value(what.to)}}};
    put_question(self, self->state.context->store, self->state.context->settings.store_timeout, std::move(wanted))
        .then(
            [self, what, begun_at](const store_outcome& outcome) {
              if (!outcome.is_applied)
                return look_what_became(self, what.scheduler);
              note_owner(self, what.scheduler, what.to, outcome.revision);
              auto& context = *self->state.context;
              if (context.meter)
                context.meter->scheduler_moved(context.clock().steady - begun_at);
              end_move(self, what.scheduler);
            },
            [self, what](const caf::error&) { look_what_became(self, what.scheduler); });
  });
}

} // namespace

void set_own(self_ptr self, const scheduler_name& name, own_scheduler own) {
  bool is_served = own.at == stage::serving;
  self->state.own[name] = own;
  if (is_served)
    self->state.context->served->set(name, own.epoch);
  else
    self->state.context->served->erase(name);
  if (is_served || own.at == stage::missing)
    wake(self, name);
}

void follow_owner(self_ptr self, const scheduler_name& name) {
  auto& state = self->state;
  auto* owner = state.table.owner(name);
  auto own = state.own.find(name);
  bool is_mine = owner != nullptr && owner->node == state.context->self.name;
  if (is_mine) {
    bool is_known = own != state.own.end() && own->second.epoch == owner->revision;
    if (!is_known && !state.in_creation.contains(name))
      adopt(self, name, owner->revision);
    return;
  }
  if (own == state.own.end()) {
    wake(self, name);
    return;
  }
  state.own.erase(own);
  state.moving.erase(name);
  state.context->served->erase(name);
  if (owner != nullptr)
    log_info("cluster_directory", "a scheduler of this node is another node's now",
             {name, {"owner", owner->node.str()}});
  let_go(self, name, [] {});
  wake(self, name);
}

void follow_all_owners(self_ptr self) {
  auto& state = self->state;
  std::vector<scheduler_name> names;
  for (auto& [name, owner] : state.table.owners())
    if (owner.node == state.context->self.name)
      names.push_back(name);
  for (auto& [name, own] : state.own)
    if (auto* owner = state.table.owner(name); owner == nullptr || owner->node != state.context->self.name)
      names.push_back(name);
  for (auto& name : names)
    follow_owner(self, name);
}

void wait_for(self_ptr self, const scheduler_name& name, duration until, std::function<void(result<done>)> go) {
  auto& state = self->state;
  auto left = until - state.context->clock().steady;
  if (left <= duration::zero())
    return go(failure{ec::unavailable,
                      fmt::format("scheduler {} is on its way to another node; try again", name.str())});
  auto& queue = state.waiting[name];
  if (queue.size() >= state.context->settings.requests_limit)
    return go(failure{ec::resource_exhausted,
                      fmt::format("{} requests wait for scheduler {} already", queue.size(), name.str())});
  queue.push_back({++state.last_waiting, std::move(go)});
  state.waiting_for[state.last_waiting] = name;
  call_later(self, std::min<duration>(left, look_again), timer::patience, state.last_waiting);
}

void wake(self_ptr self, const scheduler_name& name) {
  auto waiting = self->state.waiting.extract(name);
  if (waiting.empty())
    return;
  for (auto& one : waiting.mapped())
    self->state.waiting_for.erase(one.number);
  for (auto& one : waiting.mapped())
    one.go(done{});
}

// Whoever waits began in the order of the numbers, and so it is looked for.
void end_patience(self_ptr self, std::uint64_t number) {
  auto& state = self->state;
  auto known = state.waiting_for.extract(number);
  if (known.empty())
    return;
  auto& queue = state.waiting[known.mapped()];
  auto one = std::lower_bound(queue.begin(), queue.end(), number,
                              [](const waiting_request& a, std::uint64_t b) { return a.number < b; });
  auto go = std::move(one->go);
  queue.erase(one);
  if (queue.empty())
    state.waiting.erase(known.mapped());
  go(done{});
}

namespace {

/// Where two run under this node's name, what is the name's is the business of the one whose key it is.
bool has_own_key(self_ptr self) {
  auto& me = self->state.context->self;
  auto* known = self->state.table.member(me.name);
  return known != nullptr && known->member.node_id == me.node_id && known->member.started_at == me.started_at;
}

} // namespace

void rebalance(self_ptr self) {
  auto& state = self->state;
  if (!state.context->moves_schedulers || !state.is_in_contact || !state.is_joined || !state.table.is_known())
    return;
  std::set<scheduler_name> unserved;
  for (auto& name : state.table.schedulers_of(state.context->self.name))
    if (auto own = state.own.find(name); own == state.own.end() || own->second.at != stage::serving)
      unserved.insert(name);
  auto now = state.context->clock().steady;
  bool writes_nothing = state.writes_nothing_since && now - *state.writes_nothing_since > behind_patience;
  rules::giver mine{state.moving, unserved, state.is_behind && now - state.behind_since > behind_patience,
                    writes_nothing && has_own_key(self)};
  for (auto& one : rules::moves_to_begin(state.table, state.steady, mine, now, {}))
    move(self, one);
}

} // namespace maestro::clustered
