#include "actors/cluster/cluster_directory.hpp"

#include "actors/call_later.hpp"
#include "actors/cluster/cluster_state.hpp"
#include "actors/cluster/scheduler_requests.hpp"
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

namespace {

constexpr auto watch_again = std::chrono::seconds{1};

/// Where requests about the scheduler go. Nobody's: here, where it is not found.
struct place {
  bool is_here = true;
  peer_actor there{};
  std::optional<failure> refusal{};
};

place place_of(self_ptr self, const scheduler_name& scheduler) {
  auto& state = self->state;
  auto* owner = state.table.owner(scheduler);
  if (owner == nullptr || owner->node == state.context->self.name)
    return {};
  auto* known = state.table.member(owner->node);
  auto peer = state.peers.find(owner->node);
  if (known == nullptr || !known->is_reached || peer == state.peers.end())
    return {false, {}, state.table.unreachable(scheduler, owner->node)};
  return {false, peer->second, {}};
}

template <class Answer, class Request>
void hand_on(self_ptr self, const scheduler_name& scheduler, const Request& request,
             caf::typed_response_promise<Answer> answer) {
  auto to = place_of(self, scheduler);
  if (to.refusal)
    answer.deliver(to_caf(*to.refusal));
  else if (to.is_here)
    answer.delegate(self->state.context->local, request);
  else
    answer.delegate(to.there, request);
}

// A scheduler nobody has heard of may have been made at another door a moment ago: the store knows.
template <class Answer, class Request>
caf::result<Answer> route(self_ptr self, const scheduler_name& scheduler, const Request& request) {
  auto& state = self->state;
  if (auto why = not_ready(self))
    return to_caf(*why);
  if (state.table.owner(scheduler) == nullptr) {
    auto answer = self->make_response_promise<Answer>();
    look_up(self, scheduler, [self, scheduler, request, answer](result<done> looked) mutable {
      if (looked)
        hand_on(self, scheduler, request, answer);
      else
        answer.deliver(to_caf(looked.error()));
    });
    return answer;
  }
  auto to = place_of(self, scheduler);
  if (to.refusal)
    return to_caf(*to.refusal);
  return to.is_here ? caf::result<Answer>(self->delegate(state.context->local, request))
                    : caf::result<Answer>(self->delegate(to.there, request));
}

caf::result<directory_status> status(self_ptr self) {
  auto answer = self->make_response_promise<directory_status>();
  self->request(self->state.context->local, caf::infinite, get_directory_status{})
      .then(
          [self, answer](directory_status local) mutable {
            auto& state = self->state;
            bool is_in = state.table.is_known() && state.is_joined;
            if (!is_in)
              local.reason = "the node is not in its cluster yet" +
                             (state.trouble.empty() ? std::string() : ": " + state.trouble);
            local.recovering = local.recovering || !is_in;
            answer.deliver(std::move(local));
          },
          [answer](const caf::error& why) mutable { answer.deliver(why); });
  return answer;
}

void note_contact(self_ptr self, const store_contact& contact) {
  auto& state = self->state;
  state.is_in_contact = contact.is_there;
  state.is_compared = state.is_compared && contact.is_there;
  state.trouble = contact.reason;
  if (contact.is_there)
    log_info("cluster_directory", "the cluster's store answers");
  else
    log_warn("cluster_directory", "the cluster's store does not answer; what is known goes on to count",
             {{"error", contact.reason}});
}

void watch(self_ptr self) {
  auto& context = *self->state.context;
  watch_store wish{"", caf::actor_cast<store_subscriber_actor>(self)};
  self->request(context.store, context.settings.store_timeout, std::move(wish))
      .then([](done) {}, [self](const caf::error&) { call_later(self, watch_again, timer::watch); });
}

void handle_timer(self_ptr self, const timer_fired& fired) {
  switch (static_cast<timer>(fired.kind)) {
  case timer::watch: return watch(self);
  case timer::join: return join(self);
  case timer::compare:
    compare_with_journal(self);
    return call_later(self, self->state.context->settings.compare_interval, timer::compare);
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
  join(self);
  call_later(self, context->settings.compare_interval, timer::compare);
  auto by_scheduler = [self]<class Answer>(const scheduler_name& scheduler, const auto& request) {
    return route<Answer>(self, scheduler, request);
  };
  return behavior_with<cluster_directory_actor>(
      scheduler_requests(by_scheduler), [self](const create_scheduler& command) { return create(self, command); },
      [self](const list_schedulers& filter) { return list(self, filter); },
      [self](const list_scheduler_infos& filter) { return list_infos(self, filter); },
      [self](const allocate_room& wish) { return route<allocated_room>(self, wish.scheduler, wish); },
      [self](const find_room& wanted) { return route<room_handle>(self, wanted.scheduler, wanted); },
      [self](const get_directory_status&) { return status(self); },
      [self](const list_nodes&) -> caf::result<node_list> {
        if (auto why = not_ready(self))
          return to_caf(*why);
        return node_list{self->state.context->cluster, self->state.table.views()};
      },
      [self](const change_node& command) { return change_node_state(self, command); },
      [self](const create_here& chosen) { return create_chosen(self, chosen); },
      [self](const store_changes& changes) { apply_changes(self, changes); },
      [self](const store_contact& contact) { note_contact(self, contact); },
      [self](const lease_lost&) {
        self->state.is_joined = false;
        join(self);
      },
      [self](const link_changed& change) { note_link(self, change); },
      [self](const timer_fired& fired) { handle_timer(self, fired); });
}

} // namespace

} // namespace clustered

cluster_directory_actor spawn_cluster_directory(caf::actor_system& system, const cluster_context_ptr& context) {
  return system.spawn(clustered::cluster_directory, context);
}

} // namespace maestro
