// This node among the others: its own key in the store, a PEER for each neighbour, and what operators change of nodes.
#include "actors/call_later.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/peer.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/log.hpp"
#include "messages/shared_journal_codec.hpp"

#include <fmt/format.h>

namespace maestro::clustered {

namespace {

constexpr auto join_again = std::chrono::seconds{1};
/// Between two looks at the journal: one that is not fit is waited for.
constexpr auto journal_interval = std::chrono::seconds{1};
constexpr auto behind_interval = std::chrono::milliseconds{100};
constexpr auto forgiven_after = std::chrono::hours{1}; ///< of being there: earlier absences count no more

void try_later(self_ptr self, const std::string& why) {
  auto& state = self->state;
  state.is_joining = false;
  if (state.trouble != why)
    log_warn("cluster_directory", "this node is not in its cluster yet", {{"error", why}});
  state.trouble = why;
  call_later(self, join_again, timer::join);
}

// A key of the same data directory is what is left of this node's former life; another one's is another node's.
void write_own_key(self_ptr self, const store_listing& found) {
  auto& state = self->state;
  auto me = state.context->self;
  me.is_behind = state.is_behind;
  auto key = member_key(me.name);
  store_condition condition{key, 0};
  for (auto& entry : found.entries) {
    if (entry.key != key)
      continue;
    condition.revision = entry.revision;
    auto news = read_news({0, false, {entry}, {}});
    auto* seen = news.facts.empty() ? nullptr : std::get_if<member_seen>(&news.facts.front());
    if (seen == nullptr || seen->member->node_id != me.node_id)
      return try_later(self, fmt::format("another node has the name {}{}", me.name.str(),
                                         seen == nullptr ? "" : ", at " + seen->member->address));
  }
  change_store wanted{{condition},
                      {{store_write_kind::put_leased, key, member_value(me)},
                       {store_write_kind::put, host_key(me.name), host_value(me.node_id)}}};
  put_question(self, state.context->store, state.context->settings.store_timeout, wanted)
      .then(
          [self, is_behind = me.is_behind](const store_outcome& outcome) {
            if (!outcome.is_applied)
              return try_later(self, "the key of this node changed while it was written");
            auto& joined = self->state;
            joined.is_joining = false;
            joined.trouble.clear();
            joined.told_behind = is_behind;
            joined.was_fit = joined.was_fit || !is_behind;
            if (std::exchange(joined.is_joined, true))
              return;
            log_info("cluster_directory", "this node is in its cluster",
                     {{"cluster", joined.context->cluster},
                      {"node", joined.context->self.name.str()},
                      {"address", joined.context->self.address}});
          },
          [self](const caf::error& why) { try_later(self, from_caf(why).text); });
}

void end_peer(self_ptr self, const node_name& name) {
  if (auto peer = self->state.peers.extract(name); !peer.empty())
    self->send_exit(peer.mapped(), caf::exit_reason::user_shutdown);
}

void note_leaving(self_ptr self, const node_name& name, duration since) {
  log_info("cluster_directory", "a node left the cluster", {{"peer", name.str()}});
  end_peer(self, name);
  auto& gone = self->state.absent.try_emplace(name, rules::absence{since, true}).first->second;
  gone.has_ended = true;
  look_soon(self);
}

void follow_members(self_ptr self, const rules::cluster_table::changes& changes) {
  auto& state = self->state;
  auto now = state.context->clock().steady;
  for (auto& name : changes.went)
    if (name != state.context->self.name)
      note_leaving(self, name, now);
  for (auto& name : changes.lapsed) {
    log_warn("cluster_directory", "the store has let a node's lease run out, though it answers; it is waited for",
             {{"peer", name.str()}});
    state.lapsed[name] = now;
    look_soon(self);
  }
  for (auto& name : changes.came) {
    if (name == state.context->self.name)
      continue;
    end_peer(self, name);
    state.absent.erase(name); // whatever ended was its former life
    auto& member = state.table.member(name)->member;
    log_info("cluster_directory", "a node is in the cluster",
             {{"peer", name.str()}, {"address", member.address}, {"version", member.version}});
    state.peers[name] =
        spawn_peer(self->system(), state.context, member, caf::actor_cast<cluster_directory_actor>(self));
  }
}

// Of all of them, whatever changed: there are few.
void tell_followers(self_ptr self) {
  auto& state = self->state;
  known_peers known{{},
                    state.table.is_draining(state.context->self.name),
                    state.table.hosts_away(),
                    state.table.requested_by_others()};
  for (auto& [name, peer] : state.peers)
    if (auto* member = state.table.member(name))
      known.peers.push_back({member->member, peer, member->is_reached, state.table.is_draining(name)});
  for (auto& follower : state.context->followers)
    self->send(follower, known);
}

void follow_owners(self_ptr self, const cluster_news& news) {
  if (news.is_whole)
    return follow_all_owners(self);
  for (auto& fact : news.facts)
    if (auto* owner = std::get_if<owner_seen>(&fact))
      follow_owner(self, owner->scheduler);
}

using done_promise = caf::typed_response_promise<done>;

constexpr int removal_tries = 3;

/// `otherwise`: where something has changed meanwhile.
done_promise write_change(self_ptr self, change_store wanted, done_promise answer,
                          const std::function<void()>& otherwise = {}) {
  auto& context = *self->state.context;
  put_question(self, context.store, context.settings.store_timeout, std::move(wanted))
      .then(
          [answer, otherwise](const store_outcome& outcome) mutable {
            if (outcome.is_applied)
              answer.deliver(done{});
            else if (otherwise)
              otherwise();
            else
              answer.deliver(to_caf({ec::aborted, "the node changed meanwhile; look again"}));
          },
          [answer](const caf::error& why) mutable { answer.deliver(to_caf(from_caf(why))); });
  return answer;
}

done_promise forget_node(self_ptr self, const node_name& name, done_promise answer, int tries = removal_tries);

/// While the node stays away, and the disk that is counted on instead of its is still one of the cluster's. Tried again where something
/// was trimmed meanwhile.
void erase_node(self_ptr self, const node_name& name, const archive_state& archive, const done_promise& answer,
                int tries) {
  change_store wanted{{{member_key(name), 0}}, {}};
  fence_trims(wanted, archive);
  if (auto keeper = rules::keeper_beside(name, archive))
    wanted.conditions.push_back({copy_key(*keeper), archive.copies.at(*keeper).revision});
  for (auto& key : {draining_key(name), host_key(name), requests_key(name), copy_key(name)})
    wanted.writes.push_back({store_write_kind::erase, key, {}});
  std::function<void()> again;
  if (tries > 1)
    again = [=] { forget_node(self, name, answer, tries - 1); };
  write_change(self, std::move(wanted), answer, again);
}

/// What the store has forgotten is on disks only: the last one is not given up.
done_promise forget_node(self_ptr self, const node_name& name, done_promise answer, int tries) {
  auto& context = *self->state.context;
  put_question(self, context.store, context.settings.store_timeout, read_store{archive_keys})
      .then(
          [=](const store_listing& listing) mutable {
            auto archive = read_archive(listing);
            if (!rules::keeps_alone(name, archive))
              return erase_node(self, name, archive, answer, tries);
            answer.deliver(to_caf(
                {ec::failed_precondition,
                 fmt::format("what etcd has forgotten of the journal is on no other disk than node {}'s: start it "
                             "until another node has caught up; where its disk is lost, found the cluster again "
                             "from a backup (maestro cluster init --from DATA_DIR)",
                             name.str())}));
          },
          [answer](const caf::error& why) mutable { answer.deliver(to_caf(from_caf(why))); });
  return answer;
}

} // namespace

void join(self_ptr self) {
  auto& state = self->state;
  bool is_said = state.is_joined && state.told_behind == state.is_behind;
  if (is_said || state.is_joining)
    return;
  state.is_joining = true;
  put_question(self, state.context->store, state.context->settings.store_timeout,
               read_store{member_key(state.context->self.name)})
      .then([self](const store_listing& found) { write_own_key(self, found); },
            [self](const caf::error& why) { try_later(self, from_caf(why).text); });
}

// A store that takes nothing is everybody's: who has no other trouble is as fit as the others.
void look_at_journal(self_ptr self) {
  auto& state = self->state;
  if (std::exchange(state.is_asking_journal, true))
    return;
  auto note = [self](bool is_behind, bool writes_nothing) {
    auto& now = self->state;
    auto time = now.context->clock().steady;
    now.is_asking_journal = false;
    if (is_behind && !std::exchange(now.is_behind, true))
      now.behind_since = time;
    now.is_behind = is_behind;
    now.writes_nothing_since =
        writes_nothing ? std::optional(now.writes_nothing_since.value_or(time)) : std::nullopt;
    join(self);
    call_later(self, is_behind ? behind_interval : journal_interval, timer::journal);
  };
  if (!state.context->moves_schedulers)
    return note(false, false);
  put_question(self, state.context->journal, state.context->settings.store_timeout, get_journal_status{})
      .then([note](const journal_status& told) { note(told.read_only && !told.is_refused, told.writes_nothing); },
            [self, note](const caf::error&) { note(true, self->state.writes_nothing_since.has_value()); });
}

namespace {

// A store that does not know of this cluster's founding was emptied, or is another one: what it does not say is not gone.
bool is_of_another_cluster(self_ptr self, const cluster_news& news) {
  auto& state = self->state;
  std::string founding;
  for (auto& fact : news.facts)
    if (auto* era = std::get_if<era_seen>(&fact))
      founding = era->founding;
  if (!news.is_whole && founding.empty())
    return state.is_store_lost;
  bool is_lost = !state.founding.empty() && founding != state.founding;
  if (!founding.empty() && !is_lost)
    state.founding = founding;
  if (is_lost && !std::exchange(state.is_store_lost, is_lost))
    log_error("cluster_directory",
              "the store has lost this cluster; what is known goes on to count, and nothing changes");
  state.is_store_lost = is_lost;
  if (is_lost) {
    state.is_in_contact = false;
    state.trouble = "the store has lost this cluster: bring back what it had, or found the cluster again "
                    "(deploy/README.md, Several nodes)";
  }
  return is_lost;
}

} // namespace

void apply_changes(self_ptr self, const store_changes& changes) {
  auto& state = self->state;
  auto news = read_news(changes);
  if (is_of_another_cluster(self, news))
    return;
  for (auto& key : news.unreadable)
    log_error("cluster_directory", "a key of the cluster's store cannot be read; it is left out", {{"key", key}});
  follow_members(self, state.table.apply(news));
  tell_followers(self);
  follow_owners(self, news);
  look_soon(self);
  auto* me = state.table.member(state.context->self.name);
  bool is_erased = state.is_joined && (me == nullptr || me->member.node_id != state.context->self.node_id);
  if (!is_erased)
    return;
  state.is_joined = false;
  join(self);
}

void note_link(self_ptr self, const link_changed& change) {
  auto& state = self->state;
  state.table.note_link(change.name, change.is_up, change.reason);
  auto* known = state.table.member(change.name);
  if (known == nullptr)
    return;
  auto now = state.context->clock().steady;
  if (change.is_up) {
    state.absent.erase(change.name);
    auto [steady, is_first] = state.steady.try_emplace(change.name, rules::steadiness{now, 0});
    if (!is_first) {
      bool was_long_there = now - steady->second.since > forgiven_after;
      steady->second = {now, was_long_there ? 1 : steady->second.returns + 1};
    }
  } else {
    auto [gone, is_first] = state.absent.try_emplace(change.name, rules::absence{now, false});
    gone->second.has_ended = gone->second.has_ended || change.has_ended;
    if (is_first)
      self->send(state.context->local,
                 host_lost{known->member.node_id, "its machine is not reached: " + change.reason});
  }
  if (known->is_lapsed && !change.is_up) {
    state.table.forget(change.name);
    note_leaving(self, change.name, now);
  }
  tell_followers(self);
  look_soon(self);
}

void give_up_lapsed(self_ptr self) {
  auto& state = self->state;
  if (!state.is_in_contact) // whether they are back is not heard
    return;
  std::erase_if(state.lapsed, [&](auto& one) {
    auto* known = state.table.member(one.first);
    return known == nullptr || !known->is_lapsed;
  });
  for (auto& name : rules::lapsed_for_good(state.lapsed, state.context->clock().steady, {})) {
    auto since = state.lapsed.extract(name).mapped();
    state.table.forget(name);
    note_leaving(self, name, since);
    tell_followers(self);
  }
}

caf::result<done> change_node_state(self_ptr self, const change_node& command) {
  auto& state = self->state;
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto& name = command.name;
  bool is_in = state.table.member(name) != nullptr;
  if (!is_in && state.table.owned_by(name) == 0 && !state.table.has_host(name))
    return to_caf({ec::not_found, fmt::format("node {} not found", name.str())});
  auto answer = [self] { return self->make_response_promise<done>(); };
  if (command.change == node_change::drain)
    return write_change(self, {{}, {{store_write_kind::put, draining_key(name), "{}"}}}, answer());
  if (command.change == node_change::undrain)
    return write_change(self, {{}, {{store_write_kind::erase, draining_key(name), {}}}}, answer());
  if (is_in)
    return to_caf({ec::failed_precondition,
                   fmt::format("node {} is in the cluster; stop it first, then remove it", name.str())});
  if (auto owned = state.table.owned_by(name); owned > 0)
    return to_caf({ec::failed_precondition,
                   fmt::format("node {} owns {} schedulers that no other node has taken over: start it again, "
                               "or another one with the role execution_worker",
                               name.str(), owned)});
  return forget_node(self, name, answer());
}

} // namespace maestro::clustered
