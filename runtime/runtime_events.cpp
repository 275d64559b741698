#include "runtime/runtime_events.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

struct runtime_events_state {
  static inline const char* name = "runtime_events";
  using subscribers = std::map<caf::actor_addr, instance_subscriber_actor>;

  std::map<scheduler_name, subscribers> by_scheduler; // the empty name: all
  std::map<caf::actor_addr, scheduler_name> subscriptions;

  runtime_events_state() {}

  /// False when the subscriber was known before.
  bool subscribe(const caf::actor_addr& who, subscribe_instances& wish) {
    auto known = subscriptions.find(who) != subscriptions.end();
    if (known)
      forget(who);
    subscriptions.emplace(who, wish.scheduler);
    by_scheduler[wish.scheduler].emplace(who, std::move(wish.subscriber));
    return !known;
  }

  void forget(const caf::actor_addr& who) {
    auto subscription = subscriptions.find(who);
    if (subscription == subscriptions.end())
      return;
    auto group = by_scheduler.find(subscription->second);
    group->second.erase(who);
    if (group->second.empty())
      by_scheduler.erase(group);
    subscriptions.erase(subscription);
  }
};

using self_ptr = runtime_events_actor::stateful_pointer<runtime_events_state>;

void forward(self_ptr self, const scheduler_name& group, const instance_event& event) {
  auto subscribers = self->state.by_scheduler.find(group);
  if (subscribers == self->state.by_scheduler.end())
    return;
  for (auto& [address, subscriber] : subscribers->second)
    self->send(subscriber, event);
}

runtime_events_actor::behavior_type runtime_events(self_ptr self) {
  self->set_down_handler([self](const caf::down_msg& down) { self->state.forget(down.source); });
  return {
      [self](const instance_event& event) {
        if (!event.what.scheduler.empty())
          forward(self, event.what.scheduler, event);
        forward(self, scheduler_name{}, event);
      },
      [self](subscribe_instances& wish) -> caf::result<done> {
        if (!wish.subscriber)
          return to_caf({ec::invalid_argument, "subscriber must be an actor"});
        auto address = caf::actor_cast<caf::actor_addr>(wish.subscriber);
        if (self->state.subscribe(address, wish))
          self->monitor(address);
        return done{};
      },
  };
}

} // namespace

runtime_events_actor spawn_runtime_events(caf::actor_system& system) {
  return system.spawn(runtime_events);
}

} // namespace maestro
