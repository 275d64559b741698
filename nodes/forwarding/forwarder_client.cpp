#include "nodes/forwarding/forwarder_client.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace maestro {

namespace {

/// What the channels' thread has to say; the actor is told once for many.
struct ended_calls {
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, matchmaker_answer>> ended;

  bool add(std::uint64_t number, matchmaker_answer answer) {
    std::scoped_lock lock(mutex);
    ended.emplace_back(number, std::move(answer));
    return ended.size() == 1;
  }
  auto take() {
    std::scoped_lock lock(mutex);
    return std::exchange(ended, {});
  }
};

struct forwarder_client_state {
  static inline const char* name = "forwarder_client";
  forwarder_client_state() {}

  std::shared_ptr<ended_calls> ended = std::make_shared<ended_calls>();
  std::unordered_map<std::uint64_t, caf::typed_response_promise<matchmaker_answer>> calls;
  std::uint64_t last_call = 0;
  std::unordered_map<caf::actor_addr, std::string> users; ///< to the address that each uses
  std::unique_ptr<matchmaker_channels> channels;          ///< first to go: its calls end
};
using self_ptr = forwarder_client_actor::stateful_pointer<forwarder_client_state>;

caf::result<matchmaker_answer> call(self_ptr self, const matchmaker_call& what) {
  auto& state = self->state;
  auto number = ++state.last_call;
  auto answer = state.calls.emplace(number, self->make_response_promise<matchmaker_answer>()).first->second;
  // Weak: what ends after the actor ends with it.
  auto whom = caf::actor_cast<caf::actor_addr>(self);
  state.channels->call(what, [number, whom, ended = state.ended](matchmaker_answer outcome) {
    if (ended->add(number, std::move(outcome)))
      if (auto client = caf::actor_cast<forwarder_client_actor>(caf::actor_cast<caf::strong_actor_ptr>(whom)))
        caf::anon_send(client, timer_fired{});
  });
  return answer;
}

void deliver_ended(self_ptr self) {
  for (auto& [number, answer] : self->state.ended->take())
    if (auto found = self->state.calls.extract(number); !found.empty())
      found.mapped().deliver(std::move(answer));
}

forwarder_client_actor::behavior_type forwarder_client(self_ptr self, const matchmaker_channel_config& config) {
  self->state.channels = std::make_unique<matchmaker_channels>(config);
  self->set_down_handler([self](const caf::down_msg& down) {
    if (auto user = self->state.users.extract(down.source); !user.empty())
      self->state.channels->release(user.mapped());
  });
  return {
      [self](const use_matchmaker& wish) {
        if (!self->state.users.emplace(wish.user.address(), wish.address).second)
          return;
        self->state.channels->use(wish.address);
        self->monitor(wish.user);
      },
      [self](const matchmaker_call& what) { return call(self, what); },
      [self](const timer_fired&) { deliver_ended(self); },
  };
}

} // namespace

forwarder_client_actor spawn_forwarder_client(caf::actor_system& system, const matchmaker_channel_config& config) {
  return system.spawn<caf::detached>(forwarder_client, config);
}

} // namespace maestro
