#include "actors/cluster/cluster_directory.hpp"

#include "actors/call_later.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/scheduler_requests.hpp"
#include "actors/put_question.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

namespace maestro {

namespace clustered {

std::optional<failure> not_ready(self_ptr self) {
  auto& state = self->state;
  if (state.table.is_known())
    return {};
  return failure{ec::unavailable, fmt::format("the node has not heard of its cluster yet{}{}",
                                              state.trouble.empty() ? "" : ": ", state.trouble)};
}

// No client can send one with a blank. The times tell apart two lives of the node.
request_key next_key(self_ptr self) {
  auto& state = self->state;
  if (state.keys_prefix.empty())
    state.keys_prefix = fmt::format(" {} {} {} ", state.context->self.name.str(),
                                    state.context->self.started_at.time_since_epoch().count(),
                                    state.context->clock().steady.count());
  return request_key(state.keys_prefix + std::to_string(++state.last_key));
}

namespace {

constexpr auto watch_again = std::chrono::seconds{1};
constexpr auto rebalance_interval = std::chrono::seconds{1};

/// Where requests about the scheduler go now. Nobody's: here, where it is not found.
struct place {
  bool is_here = true;
  bool is_moving = false; ///< wait, and look again
  peer_actor there{};
  std::optional<failure> refusal{};
};

// A node that has just been lost is replaced soon; one that has been away for longer is not waited for.
bool is_waited_for(self_ptr self, const node_name& node) {
  auto& state = self->state;
  if (!state.context->moves_schedulers)
    return false;
  auto gone = state.absent.find(node);
  auto patience = state.context->settings.handover_patience;
  return gone == state.absent.end() || state.context->clock().steady - gone->second.since < patience;
}

place place_of(self_ptr self, const scheduler_name& scheduler) {
  auto& state = self->state;
  auto* owner = state.table.owner(scheduler);
  if (owner == nullptr)
    return {};
  if (owner->node == state.context->self.name) {
    auto own = state.own.find(scheduler);
    bool is_leaving = own != state.own.end() && own->second.at == own_scheduler::stage::moving;
    bool is_at_rest = own != state.own.end() && (own->second.at == own_scheduler::stage::serving ||
                                                 own->second.at == own_scheduler::stage::missing);
    return {true, is_leaving || (!is_at_rest && !state.in_creation.contains(scheduler))};
  }
  auto* known = state.table.member(owner->node);
  auto peer = state.peers.find(owner->node);
  if (known != nullptr && known->is_reached && peer != state.peers.end())
    return {false, false, peer->second};
  if (is_waited_for(self, owner->node))
    return {false, true};
  return {false, false, {}, state.table.unreachable(scheduler, owner->node)};
}

/// What can be asked again where nobody knows whether it was done. A neighbour of an earlier version hears no key.
template <class Request>
bool is_repeatable(self_ptr self, const scheduler_name& scheduler, const Request& request) {
  if constexpr (!keyed_request<Request>)
    return !std::is_same_v<Request, report_room_event>;
  else {
    auto* owner = self->state.table.owner(scheduler);
    auto* known = owner != nullptr ? self->state.table.member(owner->node) : nullptr;
    return !request.request.empty() && known != nullptr && known->member.takes_keys;
  }
}

template <class Request>
void give_key(self_ptr self, Request& request) {
  if constexpr (keyed_request<Request>)
    if (request.request.empty())
      request.request = next_key(self);
}

template <class Answer, class Request>
void hand_on(self_ptr self, const scheduler_name& scheduler, Request request,
             caf::typed_response_promise<Answer> answer, duration until) {
  auto to = place_of(self, scheduler);
  if (to.refusal)
    return (void)answer.deliver(to_caf(*to.refusal));
  if (!to.is_here)
    give_key(self, request);
  auto wait = [=]() mutable {
    wait_for(self, scheduler, until, [=](const result<done>& waited) mutable {
      if (waited)
        hand_on(self, scheduler, request, answer, until);
      else
        answer.deliver(to_caf(waited.error()));
    });
  };
  if (to.is_moving)
    return wait();
  // Nothing was done there: the scheduler is on its way to another node, or has just come; or this node was deposed, which its
  // journal has heard of first. Or the neighbour is lost, and what it did is known to whoever owns the scheduler next.
  bool may_repeat =
      !to.is_here && self->state.context->moves_schedulers && is_repeatable(self, scheduler, request);
  auto ask = [&](const auto& whom) {
    put_question(self, whom, caf::infinite, request)
        .then([answer](Answer& heard) mutable { answer.deliver(std::move(heard)); },
              [=](const caf::error& error) mutable {
                auto why = from_caf(error);
                bool is_lost = why.code == ec::unavailable && why.subject == failure_subject::actor;
                bool is_elsewhere = why.code == ec::deposed && self->state.table.owner(scheduler) != nullptr;
                if (is_elsewhere || (is_lost && may_repeat))
                  wait();
                else if (why.code == ec::deposed) // it was deleted there
                  answer.deliver(to_caf({ec::not_found, fmt::format("scheduler {} not found", scheduler.str())}));
                else
                  answer.deliver(to_caf(why));
              });
  };
  if (to.is_here)
    ask(self->state.context->local);
  else
    ask(to.there);
}

// A scheduler nobody has heard of may have been made at another door a moment ago: the store knows.
template <class Answer, class Request>
caf::result<Answer> route(self_ptr self, const scheduler_name& scheduler, Request request) {
  auto& state = self->state;
  if (auto why = not_ready(self))
    return to_caf(*why);
  auto until = state.context->clock().steady + state.context->settings.handover_patience;
  auto answer = self->make_response_promise<Answer>();
  if (state.table.owner(scheduler) != nullptr) {
    hand_on(self, scheduler, std::move(request), answer, until);
    return answer;
  }
  look_up(self, scheduler, [=](const result<done>& looked) mutable {
    if (looked)
      hand_on(self, scheduler, request, answer, until);
    else
      answer.deliver(to_caf(looked.error()));
  });
  return answer;
}

/// What happened to an instance of this machine goes to whoever owns its scheduler; lost where that one is not reached, and
/// found out with its next list.
template <class News, class Here>
void tell_owner(self_ptr self, const scheduler_name& scheduler, const News& news, const Here& here) {
  auto& state = self->state;
  auto* owner = state.table.owner(scheduler);
  if (owner == nullptr)
    return;
  if (owner->node == state.context->self.name)
    return self->send(here, news);
  if (auto peer = state.peers.find(owner->node); peer != state.peers.end())
    self->send(peer->second, news);
}

/// What its prober found of a room of this machine that another node owned when it was asked to.
template <class Finding>
void tell_finding(self_ptr self, const Finding& found) {
  if (self->state.context->prober)
    tell_owner(self, found.scheduler, found, self->state.context->prober);
}

caf::result<directory_status> status(self_ptr self) {
  auto answer = self->make_response_promise<directory_status>();
  put_question(self, self->state.context->local, caf::infinite, get_directory_status{})
      .then(
          [self, answer](directory_status local) mutable {
            auto& state = self->state;
            bool is_in = state.table.is_known() && state.is_joined && !state.is_store_lost;
            if (!is_in)
              local.reason = "the node is not in its cluster yet" +
                             (state.trouble.empty() ? std::string() : ": " + state.trouble);
            else if (!state.was_fit)
              local.reason = "the node's journal is not whole yet";
            local.recovering = local.recovering || !is_in || !state.was_fit;
            answer.deliver(std::move(local));
          },
          [answer](const caf::error& why) mutable { answer.deliver(why); });
  return answer;
}

void note_contact(self_ptr self, const store_contact& contact) {
  auto& state = self->state;
  bool was_in_contact = std::exchange(state.is_in_contact, contact.is_there && !state.is_store_lost);
  if (state.is_in_contact && !was_in_contact)
    for (auto& [name, since] : state.lapsed) // nobody could have come back meanwhile
      since = state.context->clock().steady;
  state.is_compared = state.is_compared && contact.is_there;
  if (!state.is_store_lost)
    state.trouble = contact.reason;
  if (contact.is_there)
    log_info("cluster_directory", "the cluster's store answers");
  else
    log_warn("cluster_directory", "the cluster's store does not answer; what is known goes on to count",
             {{"error", contact.reason}});
}

void watch(self_ptr self) {
  auto& context = *self->state.context;
  watch_store wish{directory_keys, caf::actor_cast<store_subscriber_actor>(self)};
  put_question(self, context.store, context.settings.store_timeout, std::move(wish))
      .then([](done) {}, [self](const caf::error&) { call_later(self, watch_again, timer::watch); });
}

void handle_timer(self_ptr self, const timer_fired& fired) {
  switch (static_cast<timer>(fired.kind)) {
  case timer::watch: return watch(self);
  case timer::join: return join(self);
  case timer::compare:
    compare_with_journal(self);
    look_for_orphans(self);
    return call_later(self, self->state.context->settings.compare_interval, timer::compare);
  case timer::failover: return look_for_lost_nodes(self);
  case timer::patience: return end_patience(self, fired.number);
  case timer::adopt_again: self->state.is_adopting_again = false; return follow_all_owners(self);
  case timer::journal: return look_at_journal(self);
  case timer::rebalance:
    show_standing(self);
    tell_requests(self);
    measure_store(self);
    rebalance(self);
    return call_later(self, rebalance_interval, timer::rebalance);
  }
}

void end_peers(self_ptr self) {
  for (auto& [name, peer] : std::exchange(self->state.peers, {}))
    self->send_exit(peer, caf::exit_reason::user_shutdown);
}

cluster_directory_actor::behavior_type cluster_directory(self_ptr self, const cluster_context_ptr& context) {
  self->state.context = context;
  self->state.table = rules::cluster_table(context->self.name);
  self->set_exit_handler([self](const caf::exit_msg& ended) {
    end_peers(self);
    self->quit(ended.reason);
  });
  watch(self);
  look_at_journal(self);
  call_later(self, context->settings.compare_interval, timer::compare);
  call_later(self, rebalance_interval, timer::rebalance);
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  put_question(self, context->host_events, caf::infinite, subscribe_instances{scheduler_name(), me})
      .then([](done) {}, [self](const caf::error& why) { self->quit(why); });
  auto by_scheduler = [self]<class Answer>(const scheduler_name& scheduler, const auto& request) {
    return route<Answer>(self, scheduler, request);
  };
  return behavior_with<cluster_directory_actor>(
      scheduler_requests(by_scheduler),
      [self](const allocate_room& wish) { return route<allocated_room>(self, wish.scheduler, wish); },
      [self](const find_room& wanted) { return route<room_handle>(self, wanted.scheduler, wanted); },
      [self](const create_scheduler& command) { return create(self, command); },
      [self](const list_schedulers& filter) { return list(self, filter); },
      [self](const list_scheduler_infos& filter) { return list_infos(self, filter); },
      [self](const get_directory_status&) { return status(self); },
      [self](const list_nodes&) -> caf::result<node_list> {
        if (auto why = not_ready(self))
          return to_caf(*why);
        return list_of_nodes(self);
      },
      [self](const change_node& command) { return change_node_state(self, command); },
      [self](const create_here& chosen) { return create_chosen(self, chosen); },
      [self](const store_changes& changes) { apply_changes(self, changes); },
      [self](const store_contact& contact) { note_contact(self, contact); },
      [self](const lease_lost&) {
        self->state.is_joined = false;
        self->state.told_suspects.reset(); // what was told went with the lease, or is told with the next one
        self->state.told_requests.clear();
        join(self);
        look_soon(self);
      },
      [self](const link_changed& change) { note_link(self, change); },
      [self](const instance_event& event) {
        tell_owner(self, event.what.scheduler, event, self->state.context->events);
      },
      [self](const probed_ping& found) { tell_finding(self, found); },
      [self](const probed_silence& found) { tell_finding(self, found); },
      [self](const timer_fired& fired) { handle_timer(self, fired); });
}

} // namespace

} // namespace clustered

cluster_directory_actor spawn_cluster_directory(caf::actor_system& system, const cluster_context_ptr& context) {
  return system.spawn(clustered::cluster_directory, context);
}

} // namespace maestro
