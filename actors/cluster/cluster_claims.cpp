// Whose a scheduler is: new ones are claimed for the node that is to have them, and what the store says is compared with
// what this node's journal has.
#include "actors/cluster/cluster_state.hpp"
#include "actors/put_question.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

namespace maestro::clustered {

namespace {

using scheduler_promise = caf::typed_response_promise<scheduler>;

const std::string scheduler_streams = "scheduler/";
constexpr std::size_t owners_at_once = 50; ///< each is compared and written; a transaction takes 128 of both
using owner_changes = std::map<scheduler_name, std::int64_t>;

/// The erasure of that key is over; `gone_at`: the revision of which it is gone, 0: it is not, or nobody knows.
void end_erasure(self_ptr self, const scheduler_name& name, std::int64_t gone_at) {
  auto& state = self->state;
  state.in_erasure.erase(name);
  if (gone_at == 0)
    return wake(self, name);
  state.table.apply(read_news({gone_at, false, {}, {owner_key(name)}}));
  follow_owner(self, name);
}

/// May fail: the next comparison repeats it.
void release(self_ptr self, const scheduler_name& name, std::int64_t revision) {
  change_store wanted{{{owner_key(name), revision}}, {{store_write_kind::erase, owner_key(name), {}}}};
  self->state.in_erasure.insert(name);
  put_question(self, self->state.context->store, self->state.context->settings.store_timeout, std::move(wanted))
      .then(
          [self, name](const store_outcome& outcome) {
            end_erasure(self, name, outcome.is_applied ? outcome.revision : 0);
          },
          [self, name](const caf::error& why) {
            end_erasure(self, name, 0);
            log_warn("cluster_directory", "the store was not changed", {{"error", from_caf(why).text}});
          });
}

/// The scheduler was not made, and is not there: another request may have made it under the same claim.
bool is_certain(const failure& why) {
  return why.code != ec::deadline_exceeded && why.code != ec::unavailable && why.code != ec::already_exists;
}

/// One on its way to whoever is to have the scheduler.
struct creation {
  create_scheduler command;
  scheduler_promise answer;
  duration until{};        ///< so long it waits for a scheduler that is on its way
  bool is_claimed = false; ///< by it, and the claim ends when it is refused
  bool was_lost = false;   ///< with the node that was asked: the next owner knows what became of it

  const scheduler_name& name() const { return command.recipe.name; }
};
using creation_ptr = std::shared_ptr<creation>;

void create_where_it_lives(self_ptr self, const creation_ptr& one);

/// A claim that was made for it ends when the owner refuses; not when nobody knows what the owner did: the owner compares.
void refuse(self_ptr self, const creation_ptr& one, std::int64_t claim, const failure& why) {
  if (one->is_claimed && is_certain(why))
    release(self, one->name(), claim);
  one->answer.deliver(to_caf(why));
}

void wait_and_create(self_ptr self, const creation_ptr& one) {
  wait_for(self, one->name(), one->until, [self, one](const result<done>& waited) {
    if (waited)
      return create_where_it_lives(self, one);
    self->state.in_creation.erase(one->name());
    one->answer.deliver(to_caf(waited.error()));
  });
}

bool is_at(self_ptr self, const scheduler_name& name, own_scheduler::stage at) {
  auto own = self->state.own.find(name);
  return own != self->state.own.end() && own->second.at == at;
}

/// With the epoch that the claim has given it. That the claim was seen before the command came is not taken for a scheduler
/// that is to be recovered: what was begun for that is waited for. So is one that is on its way to another node: whoever
/// owns it then is asked.
void create_own(self_ptr self, const creation_ptr& one, std::int64_t epoch) {
  auto& state = self->state;
  auto& name = one->name();
  if (is_at(self, name, own_scheduler::stage::adopting))
    return wait_and_create(self, one);
  if (is_at(self, name, own_scheduler::stage::moving)) {
    state.in_creation.erase(name); // where it stays here after all, it is adopted first
    return wait_and_create(self, one);
  }
  auto wanted = one->command;
  wanted.epoch = epoch_of(state.table.era(), epoch);
  state.in_creation.insert(name);
  state.owner_changes.erase(name); // what was left of a former one is this one's now
  state.suspects.erase(name);
  put_question(self, state.context->local, caf::infinite, std::move(wanted))
      .then(
          [=](scheduler& recipe) {
            self->state.in_creation.erase(one->name());
            if (!is_at(self, one->name(), own_scheduler::stage::moving))
              set_own(self, one->name(), {epoch, own_scheduler::stage::serving});
            one->answer.deliver(std::move(recipe));
            follow_owner(self, one->name()); // another may have it by now
          },
          [=](const caf::error& why) {
            auto& here = self->state;
            here.in_creation.erase(one->name());
            refuse(self, one, epoch, from_caf(why));
            // What was missing may have been made all the same.
            if (is_at(self, one->name(), own_scheduler::stage::missing))
              here.own.erase(one->name());
            follow_owner(self, one->name());
          });
}

/// What becomes of it when the neighbour is lost knows the next owner, who has its key.
void create_there(self_ptr self, const creation_ptr& one, const rules::cluster_table::known_member& where,
                  const peer_actor& peer, std::int64_t claim) {
  if (one->command.request.empty() && where.member.takes_keys)
    one->command.request = next_key(self);
  bool may_repeat = where.member.takes_keys && self->state.context->moves_schedulers;
  put_question(self, peer, caf::infinite, one->command)
      .then([one](scheduler& recipe) { one->answer.deliver(std::move(recipe)); },
            [=](const caf::error& error) {
              auto why = from_caf(error);
              if (!may_repeat || why.code != ec::unavailable || why.subject != failure_subject::actor)
                return refuse(self, one, claim, why);
              one->is_claimed = false;
              one->was_lost = true;
              wait_and_create(self, one);
            });
}

void claim(self_ptr self, const creation_ptr& one);

void create_where_it_lives(self_ptr self, const creation_ptr& one) {
  auto& state = self->state;
  if (state.in_erasure.contains(one->name())) { // what was made under that key now would be left without one
    state.in_creation.erase(one->name());
    return wait_and_create(self, one);
  }
  auto* known_owner = state.table.owner(one->name());
  if (known_owner == nullptr)
    return claim(self, one);
  auto owner = *known_owner;
  if (owner.node == state.context->self.name)
    return create_own(self, one, owner.revision);
  state.in_creation.erase(one->name());
  auto* where = state.table.member(owner.node);
  auto peer = state.peers.find(owner.node);
  if (where != nullptr && where->is_reached && peer != state.peers.end())
    return create_there(self, one, *where, peer->second, owner.revision);
  if (one->was_lost)
    return wait_and_create(self, one);
  refuse(self, one, owner.revision, state.table.unreachable(one->name(), owner.node));
}

void claim(self_ptr self, const creation_ptr& one) {
  auto& state = self->state;
  if (!state.is_in_contact) {
    one->answer.deliver(to_caf(
        {ec::unavailable, "no new schedulers while the cluster's store cannot be asked: " + state.trouble}));
    return;
  }
  auto chosen = state.table.choose_owner(one->name());
  if (!chosen) {
    one->answer.deliver(to_caf(chosen.error()));
    return;
  }
  auto key = owner_key(one->name());
  change_store wanted{{{key, 0}}, {{store_write_kind::put, key, owner_value(*chosen)}}};
  put_question(self, state.context->store, state.context->settings.store_timeout, wanted)
      .then(
          [self, one, node = *chosen](const store_outcome& outcome) {
            if (outcome.is_applied) {
              note_owner(self, one->name(), node, outcome.revision);
              one->is_claimed = true;
              return create_where_it_lives(self, one);
            }
            look_up(self, one->name(), [self, one](const result<done>& looked) {
              if (!looked)
                one->answer.deliver(to_caf(looked.error()));
              else if (self->state.table.owner(one->name()) == nullptr)
                one->answer.deliver(
                    to_caf({ec::aborted, "another request made and unmade the scheduler; try again"}));
              else
                create_where_it_lives(self, one);
            });
          },
          [one](const caf::error& why) { one->answer.deliver(to_caf(from_caf(why))); });
}

creation_ptr begin_creation(self_ptr self, const create_scheduler& command) {
  auto& context = *self->state.context;
  return std::make_shared<creation>(creation{command, self->make_response_promise<scheduler>(),
                                             context.clock().steady + context.settings.handover_patience});
}

bool is_certain_absence(const caf::error& why) {
  return from_caf(why).code == ec::not_found;
}

void note_changed(self_ptr self, const owner_changes& lot, std::int64_t at) {
  for (auto& [name, revision] : lot) {
    if (revision != 0) {
      end_erasure(self, name, at);
      continue;
    }
    note_owner(self, name, self->state.context->self.name, at);
    follow_owner(self, name);
  }
}

void end_erasures(self_ptr self, const owner_changes& lot) {
  for (auto& [name, revision] : lot)
    if (revision != 0)
      end_erasure(self, name, 0);
}

/// Those whose keys are as it was wanted go again, with the next lot; of the others it is known now whose they are.
void note_refused(self_ptr self, const owner_changes& lot, const store_outcome& outcome) {
  auto& state = self->state;
  std::map<std::string, std::int64_t> found;
  for (auto& entry : outcome.found)
    found[entry.key] = entry.revision;
  auto left = lot;
  std::erase_if(left, [&](auto& one) { return found[owner_key(one.first)] != one.second; });
  if (left.size() < lot.size())
    state.owner_changes.merge(left);
  auto news = read_news({outcome.revision, false, outcome.found, {}});
  state.table.apply(news);
  for (auto& fact : news.facts)
    if (auto* seen = std::get_if<owner_seen>(&fact))
      follow_owner(self, seen->scheduler);
  end_erasures(self, lot); // who waits to make one takes it out of the next lot
}

owner_changes next_changes(self_ptr self, change_store& wanted) {
  auto& state = self->state;
  auto& me = state.context->self.name;
  owner_changes lot;
  while (!state.owner_changes.empty() && lot.size() < owners_at_once) {
    auto [name, revision] = *state.owner_changes.begin();
    state.owner_changes.erase(state.owner_changes.begin());
    auto* owner = state.table.owner(name);
    bool is_as_it_was = revision == 0 ? owner == nullptr : owner != nullptr && owner->revision == revision;
    if (!is_as_it_was || state.in_creation.contains(name))
      continue;
    lot[name] = revision;
    wanted.conditions.push_back({owner_key(name), revision});
    if (revision == 0) {
      wanted.writes.push_back({store_write_kind::put, owner_key(name), owner_value(me)});
    } else {
      wanted.writes.push_back({store_write_kind::erase, owner_key(name), {}});
      state.in_erasure.insert(name);
    }
  }
  return lot;
}

/// Many in one transaction, and one at a time: a cluster that is founded has thousands, and everything else that this node asks
/// of the store waits behind them.
void change_owners(self_ptr self) {
  auto& state = self->state;
  if (state.is_changing_owners)
    return;
  change_store wanted;
  auto lot = next_changes(self, wanted);
  if (lot.empty())
    return;
  state.is_changing_owners = true;
  put_question(self, state.context->store, state.context->settings.store_timeout, std::move(wanted))
      .then(
          [self, lot](const store_outcome& outcome) {
            self->state.is_changing_owners = false;
            if (outcome.is_applied)
              note_changed(self, lot, outcome.revision);
            else
              note_refused(self, lot, outcome);
            change_owners(self);
          },
          [self, lot](const caf::error& why) { // whether it happened is told by the watch
            auto& here = self->state;
            here.is_changing_owners = here.is_compared = false;
            here.owner_changes.clear();
            end_erasures(self, lot);
            log_warn("cluster_directory", "the store was not changed", {{"error", from_caf(why).text}});
          });
}

/// A key of this node's without a scheduler, seen twice, is what is left of a deletion or of a creation that failed.
void suspect(self_ptr self, const scheduler_name& name) {
  auto& state = self->state;
  auto* owner = state.table.owner(name);
  bool is_mine = owner != nullptr && owner->node == state.context->self.name && !state.in_creation.contains(name);
  if (!is_mine)
    return;
  if (state.suspects.erase(name) == 0)
    return (void)state.suspects.insert(name);
  state.owner_changes[name] = owner->revision;
  change_owners(self);
}

void compare(self_ptr self, const stream_list& streams) {
  auto& state = self->state;
  auto& me = state.context->self.name;
  std::set<scheduler_name> known;
  for (auto& stream : streams.names) {
    auto& name = *known.insert(scheduler_name{stream.substr(scheduler_streams.size())}).first;
    if (state.table.owner(name) == nullptr)
      state.owner_changes[name] = 0;
  }
  change_owners(self);
  std::erase_if(state.suspects, [&](auto& name) { return known.contains(name); });
  for (auto& name : state.table.schedulers_of(me)) {
    if (known.contains(name) || state.in_creation.contains(name))
      continue;
    put_question(self, state.context->local, caf::infinite, get_scheduler{name, {}})
        .then([self, name](const scheduler&) { self->state.suspects.erase(name); },
              [self, name](const caf::error& why) {
                if (is_certain_absence(why))
                  suspect(self, name);
              });
  }
}

} // namespace

void note_owner(self_ptr self, const scheduler_name& name, const node_name& owner, std::int64_t revision) {
  self->state.table.apply({false, revision, {owner_seen{name, owner, revision}}, {}});
}

void look_up(self_ptr self, const scheduler_name& scheduler, std::function<void(result<done>)> then) {
  auto& state = self->state;
  if (!state.is_in_contact)
    return then(
        failure{ec::unavailable, fmt::format("scheduler {} is not known here, and the cluster's store cannot be "
                                             "asked: {}",
                                             scheduler.str(), state.trouble)});
  if (state.lookups >= state.context->settings.lookups_limit)
    return then(
        failure{ec::unavailable, "too many questions for unknown schedulers wait for the cluster's store"});
  ++state.lookups;
  auto key = owner_key(scheduler);
  put_question(self, state.context->store, state.context->settings.store_timeout, read_store{key})
      .then(
          [self, scheduler, key, then](const store_listing& found) {
            --self->state.lookups;
            store_changes exact{found.revision, false, {}, {}};
            for (auto& entry : found.entries)
              if (entry.key == key)
                exact.present.push_back(entry);
            if (exact.present.empty())
              exact.gone.push_back(key);
            self->state.table.apply(read_news(exact));
            then(done{});
          },
          [self, then](const caf::error& why) {
            --self->state.lookups;
            then(failure{ec::unavailable, "the cluster's store cannot be asked: " + from_caf(why).text});
          });
}

caf::result<scheduler> create(self_ptr self, const create_scheduler& command) {
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto one = begin_creation(self, command);
  auto answer = one->answer;
  create_where_it_lives(self, one);
  return answer;
}

// The store is asked again: the one who chose may have been slow, and the key another node's by now.
caf::result<scheduler> create_chosen(self_ptr self, const create_here& chosen) {
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto one = begin_creation(self, chosen.command);
  auto answer = one->answer;
  self->state.in_creation.insert(one->name());
  look_up(self, one->name(), [self, one](const result<done>& looked) {
    auto& name = one->name();
    auto* owner = self->state.table.owner(name);
    if (looked && owner != nullptr && owner->node == self->state.context->self.name)
      return create_where_it_lives(self, one);
    self->state.in_creation.erase(name);
    one->answer.deliver(
        to_caf(looked ? failure{ec::aborted, fmt::format("scheduler {} is not this node's", name.str())}
                      : looked.error()));
  });
  return answer;
}

// Once name by name; then a node at rest asks for a number only, and lists what it has when that is not what the store
// says.
void compare_with_journal(self_ptr self) {
  auto& state = self->state;
  bool may_compare = state.table.is_known() && state.is_in_contact && state.is_joined &&
                     !state.is_behind; // its disk may have what is not the cluster's
  if (state.is_comparing || state.is_changing_owners || !may_compare)
    return;
  state.is_comparing = true;
  auto over = [self](const caf::error&) { self->state.is_comparing = false; };
  put_question(self, state.context->local, caf::infinite, get_directory_status{})
      .then(
          [self, over](const directory_status& local) {
            auto owned = self->state.table.owned_by(self->state.context->self.name);
            if (local.recovering || (self->state.is_compared && local.schedulers == owned)) {
              self->state.is_comparing = false;
              self->state.suspects.clear();
              return;
            }
            auto& context = *self->state.context;
            put_question(self, context.journal, context.settings.store_timeout, list_streams{scheduler_streams})
                .then(
                    [self](const stream_list& streams) {
                      self->state.is_comparing = false;
                      self->state.is_compared = true;
                      compare(self, streams);
                    },
                    over);
          },
          over);
}

} // namespace maestro::clustered
