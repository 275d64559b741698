// Whose a scheduler is: new ones are claimed for the node that is to have them, and what the store says is compared with
// what this node's journal has.
#include "actors/cluster/cluster_state.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

namespace maestro::clustered {

namespace {

using scheduler_promise = caf::typed_response_promise<scheduler>;

/// A change of the store that may fail: the next comparison repeats it.
void write_quietly(self_ptr self, change_store wanted) {
  self->request(self->state.context->store, self->state.context->settings.store_timeout, std::move(wanted))
      .then([](const store_outcome&) {},
            [](const caf::error& why) {
              log_warn("cluster_directory", "the store was not changed", {{"error", from_caf(why).text}});
            });
}

void release(self_ptr self, const scheduler_name& name, std::int64_t created) {
  write_quietly(self, {{{owner_key(name), created}}, {{store_write_kind::erase, owner_key(name), {}}}});
}

bool is_certain(const failure& why) {
  return why.code != ec::deadline_exceeded && why.code != ec::unavailable;
}

/// Creates it where the store says it lives. A claim that was made for it ends when the owner refuses; not when nobody
/// knows what the owner did: the owner compares.
void create_at_owner(self_ptr self, const create_scheduler& command, bool is_claimed, scheduler_promise answer) {
  auto& state = self->state;
  auto& name = command.recipe.name;
  auto owner = *state.table.owner(name);
  auto failed = [self, name, owner, is_claimed, answer](const caf::error& error) mutable {
    auto why = from_caf(error);
    if (is_claimed && is_certain(why))
      release(self, name, owner.created);
    answer.deliver(to_caf(why));
  };
  auto created = [answer](scheduler& recipe) mutable { answer.deliver(std::move(recipe)); };
  if (owner.node == state.context->self.name) {
    state.in_creation.insert(name);
    auto settled = [self, name] { self->state.in_creation.erase(name); };
    self->request(state.context->local, caf::infinite, command)
        .then(
            [settled, created](scheduler& recipe) mutable {
              settled();
              created(recipe);
            },
            [settled, failed](const caf::error& why) mutable {
              settled();
              failed(why);
            });
    return;
  }
  auto* known = state.table.member(owner.node);
  auto peer = state.peers.find(owner.node);
  if (known == nullptr || !known->is_reached || peer == state.peers.end()) {
    answer.deliver(to_caf(state.table.unreachable(name, owner.node)));
    return;
  }
  self->request(peer->second, caf::infinite, command).then(created, failed);
}

void note_owner(self_ptr self, const scheduler_name& name, std::optional<node_name> owner, std::int64_t created) {
  self->state.table.apply({false, {owner_seen{name, std::move(owner), created}}, {}});
}

void claim(self_ptr self, const create_scheduler& command, scheduler_promise answer) {
  auto& state = self->state;
  auto& name = command.recipe.name;
  if (!state.is_in_contact) {
    answer.deliver(to_caf(
        {ec::unavailable, "no new schedulers while the cluster's store cannot be asked: " + state.trouble}));
    return;
  }
  auto chosen = state.table.choose_owner(name);
  if (!chosen) {
    answer.deliver(to_caf(chosen.error()));
    return;
  }
  auto key = owner_key(name);
  change_store wanted{{{key, 0}}, {{store_write_kind::put, key, owner_value(*chosen)}}};
  self->request(state.context->store, state.context->settings.store_timeout, wanted)
      .then(
          [self, command, answer, node = *chosen](const store_outcome& outcome) mutable {
            if (outcome.is_applied) {
              note_owner(self, command.recipe.name, node, outcome.revision);
              return create_at_owner(self, command, true, answer);
            }
            look_up(self, command.recipe.name, [self, command, answer](result<done> looked) mutable {
              if (!looked)
                answer.deliver(to_caf(looked.error()));
              else if (self->state.table.owner(command.recipe.name) == nullptr)
                answer.deliver(to_caf({ec::aborted, "another request made and unmade the scheduler; try again"}));
              else
                create_at_owner(self, command, false, answer);
            });
          },
          [answer](const caf::error& why) mutable { answer.deliver(to_caf(from_caf(why))); });
}

void dispute(self_ptr self, const scheduler_name& name, const node_name& owner) {
  if (self->state.disputed.insert(name).second)
    log_error("cluster_directory",
              "a scheduler of this node's journal belongs to another node; it is not served here",
              {name, {"owner", owner.str()}});
}

void compare(self_ptr self, const scheduler_list& local) {
  auto& state = self->state;
  auto& me = state.context->self.name;
  std::set<scheduler_name> here;
  for (auto& one : local.items) {
    auto& name = *here.insert(one.name).first;
    auto* owner = state.table.owner(name);
    if (owner == nullptr)
      write_quietly(self, {{{owner_key(name), 0}}, {{store_write_kind::put, owner_key(name), owner_value(me)}}});
    else if (owner->node != me)
      dispute(self, name, owner->node);
    else
      state.disputed.erase(name);
  }
  std::set<scheduler_name> suspects;
  for (auto& name : state.table.schedulers_of(me)) {
    if (here.contains(name) || state.in_creation.contains(name))
      continue;
    if (state.suspects.contains(name))
      release(self, name, state.table.owner(name)->created);
    suspects.insert(name);
  }
  state.suspects = std::move(suspects);
}

} // namespace

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
  self->request(state.context->store, state.context->settings.store_timeout, read_store{key})
      .then(
          [self, scheduler, key, then](const store_listing& found) {
            --self->state.lookups;
            store_changes exact{found.revision, false, {}, {}};
            for (auto& entry : found.entries)
              if (entry.key == key)
                exact.present.push_back(entry);
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
  auto answer = self->make_response_promise<scheduler>();
  if (self->state.table.owner(command.recipe.name) != nullptr)
    create_at_owner(self, command, false, answer);
  else
    claim(self, command, answer);
  return answer;
}

// The store is asked again: the one who chose may have been slow, and the key another node's by now.
caf::result<scheduler> create_chosen(self_ptr self, const create_here& chosen) {
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto answer = self->make_response_promise<scheduler>();
  auto name = chosen.command.recipe.name;
  self->state.in_creation.insert(name);
  look_up(self, name, [self, command = chosen.command, name, answer](result<done> looked) mutable {
    auto* owner = self->state.table.owner(name);
    if (looked && owner != nullptr && owner->node == self->state.context->self.name)
      return create_at_owner(self, command, false, answer);
    self->state.in_creation.erase(name);
    answer.deliver(to_caf(looked ? failure{ec::aborted, fmt::format("scheduler {} is not this node's", name.str())}
                                 : looked.error()));
  });
  return answer;
}

// Once name by name; then a node at rest asks for a number only, and lists what it has when that is not what the store
// says.
void compare_with_journal(self_ptr self) {
  auto& state = self->state;
  if (state.is_comparing || !state.table.is_known() || !state.is_in_contact || !state.is_joined)
    return;
  state.is_comparing = true;
  auto over = [self](const caf::error&) { self->state.is_comparing = false; };
  self->request(state.context->local, caf::infinite, get_directory_status{})
      .then(
          [self, over](const directory_status& local) {
            auto owned = self->state.table.owned_by(self->state.context->self.name);
            if (local.recovering || (self->state.is_compared && local.schedulers == owned)) {
              self->state.is_comparing = false;
              self->state.suspects.clear();
              return;
            }
            self->request(self->state.context->local, caf::infinite, list_schedulers{})
                .then(
                    [self](const scheduler_list& all) {
                      self->state.is_comparing = false;
                      self->state.is_compared = true;
                      compare(self, all);
                    },
                    over);
          },
          over);
}

} // namespace maestro::clustered
