// What is done about nodes that do not answer (actors/rules/failover): the others are told who is suspected, and the
// schedulers of a node that is to be replaced are taken, many in one transaction.
#include "actors/call_later.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "messages/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace maestro::clustered {

namespace {

constexpr auto suspicion_interval = std::chrono::milliseconds{250};
constexpr std::size_t claims_at_once = 50; ///< each is compared and written; a transaction takes 128 of both

void tell_suspects(self_ptr self) {
  auto& state = self->state;
  auto now = state.context->clock().steady;
  auto suspected = rules::suspects(state.table, state.absent, now, {});
  if (suspected == state.told_suspects || !state.is_in_contact || !state.is_joined)
    return;
  state.told_suspects = suspected;
  auto key = suspects_key(state.context->self.name);
  change_store wanted;
  if (suspected.empty())
    wanted.writes.push_back({store_write_kind::erase, key, {}});
  else
    wanted.writes.push_back({store_write_kind::put_leased, key, suspects_value(suspected)});
  put_question(self, state.context->store, state.context->settings.store_timeout, std::move(wanted))
      .then([](const store_outcome&) {},
            [self](const caf::error&) {
              self->state.told_suspects.reset(); // it may have been heard all the same: the next look tells again
              look_soon(self);
            });
}

void end_taking(self_ptr self, const node_name& lost) {
  self->state.being_taken.erase(lost);
  look_soon(self);
}

void take(self_ptr self, const node_name& lost, std::vector<scheduler_name> names);

/// Some of them are not that node's any more: each half is tried, down to single ones.
void take_halves(self_ptr self, const node_name& lost, const std::vector<scheduler_name>& lot) {
  if (lot.size() < 2)
    return;
  auto middle = lot.begin() + static_cast<std::ptrdiff_t>(lot.size() / 2);
  take(self, lost, {lot.begin(), middle});
  take(self, lost, {middle, lot.end()});
}

void take_lot(self_ptr self, const node_name& lost, const std::vector<scheduler_name>& lot,
              std::function<void()> then) {
  auto& state = self->state;
  auto& me = state.context->self.name;
  change_store wanted;
  std::vector<scheduler_name> names;
  for (auto& name : lot) {
    auto* owner = state.table.owner(name);
    if (owner == nullptr || owner->node != lost)
      continue;
    wanted.conditions.push_back({owner_key(name), owner->revision});
    wanted.writes.push_back({store_write_kind::put, owner_key(name), owner_value(me)});
    names.push_back(name);
  }
  if (names.empty())
    return then();
  put_question(self, state.context->store, state.context->settings.store_timeout, std::move(wanted))
      .then(
          [=](const store_outcome& outcome) {
            if (!outcome.is_applied) {
              take_halves(self, lost, names);
              return then();
            }
            for (auto& name : names) {
              note_owner(self, name, self->state.context->self.name, outcome.revision);
              follow_owner(self, name);
            }
            if (self->state.context->meter)
              self->state.context->meter->schedulers_taken_over(names.size());
            log_warn("cluster_directory", "schedulers of a lost node are taken over",
                     {{"peer", lost.str()}, {"count", names.size()}});
            then();
          },
          [then](const caf::error&) { then(); }); // whether it happened is told by the watch
}

void take(self_ptr self, const node_name& lost, std::vector<scheduler_name> names) {
  if (names.empty())
    return end_taking(self, lost);
  auto count = std::min(names.size(), claims_at_once);
  std::vector<scheduler_name> lot(names.end() - static_cast<std::ptrdiff_t>(count), names.end());
  names.resize(names.size() - count);
  take_lot(self, lost, lot, [self, lost, names = std::move(names)] { take(self, lost, names); });
}

/// Nodes that own something and were gone before this one looked.
void note_gone_owners(self_ptr self) {
  auto& state = self->state;
  auto now = state.context->clock().steady;
  for (auto& view : state.table.views())
    if (view.status == node_status::gone && view.schedulers > 0)
      state.absent.try_emplace(view.member.name, rules::absence{now, false});
  std::erase_if(state.absent, [&](auto& one) {
    auto* known = state.table.member(one.first);
    return known == nullptr ? state.table.owned_by(one.first) == 0 : known->is_reached;
  });
}

} // namespace

void look_for_lost_nodes(self_ptr self) {
  auto& state = self->state;
  state.is_looking = false;
  give_up_lapsed(self);
  if (!state.lapsed.empty())
    look_soon(self);
  if (!state.context->moves_schedulers || !state.table.is_known())
    return;
  note_gone_owners(self);
  tell_suspects(self);
  if (state.is_in_contact && state.is_joined)
    for (auto& [lost, names] :
         rules::schedulers_to_take(state.table, state.absent, state.context->clock().steady, {}))
      if (state.being_taken.insert(lost).second)
        take(self, lost, names);
  if (!state.absent.empty() || !state.told_suspects || !state.told_suspects->empty())
    look_soon(self);
}

void look_soon(self_ptr self) {
  if (!std::exchange(self->state.is_looking, true))
    call_later(self, suspicion_interval, timer::failover);
}

} // namespace maestro::clustered
