#include "nodes/simulation/simulated_matchmakers.hpp"

#include "actors/call_later.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <unordered_map>

namespace maestro::simulation {

namespace {

enum class matchmaker_timer : std::uint8_t { answer, time_over };

struct pending_call {
  matchmaker_call what;
  caf::typed_response_promise<matchmaker_answer> answer;
};

struct simulated_forwarder_client_state {
  static inline const char* name = "simulated_forwarder_client";
  simulated_forwarder_client_state() {}

  std::shared_ptr<simulated_matchmakers> world;
  std::mt19937_64* random = nullptr;
  std::unordered_map<std::uint64_t, pending_call> calls;
  std::uint64_t last_call = 0;
};
using self_ptr = forwarder_client_actor::stateful_pointer<simulated_forwarder_client_state>;

bool chance(std::mt19937_64& random, double p) {
  return static_cast<double>(random() % 1'000'000) < p * 1e6;
}

caf::result<matchmaker_answer> begin(self_ptr self, const matchmaker_call& what) {
  auto& state = self->state;
  auto number = ++state.last_call;
  auto answer = self->make_response_promise<matchmaker_answer>();
  state.calls.emplace(number, pending_call{what, answer});
  state.world->calls_max = std::max(state.world->calls_max, state.calls.size());
  auto& random = *state.random;
  bool is_lost = chance(random, state.world->loss_probability);
  auto most = std::max<std::uint64_t>(static_cast<std::uint64_t>(state.world->answer_delay_max.count()), 1);
  auto wait = is_lost ? what.timeout : duration{static_cast<duration::rep>(random() % most)};
  call_later(self, wait, is_lost ? matchmaker_timer::time_over : matchmaker_timer::answer, number);
  return answer;
}

void end(self_ptr self, matchmaker_timer how, std::uint64_t number) {
  auto& state = self->state;
  auto found = state.calls.extract(number);
  auto& [what, answer] = found.mapped();
  auto& world = *state.world;
  if (world.away.contains(what.address)) {
    answer.deliver(matchmaker_answer{"Unavailable", 0, "nobody listens", {}});
    return;
  }
  if (how == matchmaker_timer::time_over) {
    if (chance(*state.random, 0.5))
      world.heard.push_back(what);
    answer.deliver(matchmaker_answer{"DeadlineExceeded", 0, "no answer in time", what.timeout});
    return;
  }
  world.heard.push_back(what);
  answer.deliver(
      matchmaker_answer{"OK", chance(*state.random, world.error_probability) ? 500 : 200, {}, duration{1}});
}

forwarder_client_actor::behavior_type
simulated_forwarder_client(self_ptr self, std::shared_ptr<simulated_matchmakers> world, std::mt19937_64* random) {
  self->state.world = std::move(world);
  self->state.random = random;
  return {
      [](const use_matchmaker&) {},
      [self](const matchmaker_call& what) { return begin(self, what); },
      [self](const timer_fired& timer) { end(self, static_cast<matchmaker_timer>(timer.kind), timer.number); },
  };
}

} // namespace

forwarder_client_actor spawn_simulated_forwarder_client(caf::actor_system& system,
                                                        std::shared_ptr<simulated_matchmakers> world,
                                                        std::mt19937_64& random) {
  return system.spawn(simulated_forwarder_client, std::move(world), &random);
}

} // namespace maestro::simulation
