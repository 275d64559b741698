#include "runtime/simulated/simulated_prober.hpp"

#include "messages/type_ids.hpp"
#include "runtime/probing/probe_watch.hpp"

#include <caf/all.hpp>

#include <map>
#include <optional>
#include <utility>

namespace maestro {

namespace {

struct asked_room {
  begin_probing wish;
  probing::probe_watch watch;
  timestamp due = never;
};

struct simulated_prober_state {
  static inline const char* name = "simulated_prober";
  simulated_prober_state() {}

  using key = std::pair<scheduler_name, room_id>;
  std::shared_ptr<simulated_world> world;
  wall_clock now;
  std::map<key, asked_room> rooms;
  std::map<caf::actor_addr, key> games;
  std::multimap<timestamp, key> plan;
  std::optional<timestamp> armed_for;
  std::uint64_t timer_number = 0;

  void forget(const key& room) {
    auto found = rooms.find(room);
    if (found == rooms.end())
      return;
    auto [first, last] = plan.equal_range(found->second.due);
    for (; first != last; ++first)
      if (first->second == room) {
        plan.erase(first);
        break;
      }
    games.erase(found->second.wish.game.address());
    rooms.erase(found);
  }
};
using self_ptr = prober_actor::stateful_pointer<simulated_prober_state>;

void arm(self_ptr self) {
  auto& state = self->state;
  if (state.plan.empty() || (state.armed_for && *state.armed_for <= state.plan.begin()->first))
    return;
  state.armed_for = state.plan.begin()->first;
  auto wait = std::max(*state.armed_for - state.now(), duration::zero());
  self->delayed_send(self, wait, timer_fired{0, ++state.timer_number});
}

void begin(self_ptr self, begin_probing& wish) {
  auto& state = self->state;
  simulated_prober_state::key room{wish.scheduler, wish.id};
  if (auto known = state.rooms.find(room); known != state.rooms.end() && known->second.wish.game == wish.game)
    return;
  state.forget(room);
  self->monitor(wish.game);
  state.games.emplace(wish.game.address(), room);
  auto now = state.now();
  probing::probe_watch watch{wish.how, wish.busy_matches, now.time_since_epoch(), wish.has_answered};
  state.rooms.emplace(room, asked_room{std::move(wish), std::move(watch), now});
  state.plan.emplace(now, room);
  arm(self);
}

void ask(self_ptr self, asked_room& one) {
  auto now = self->state.now();
  auto look = self->state.world->look(one.wish.id, now);
  switch (look.what) {
  case simulated_look::kind::answers: caf::anon_send(one.wish.game, one.watch.answered(look.players)); return;
  case simulated_look::kind::is_silent:
    if (auto silence = one.watch.missed("no answer", now.time_since_epoch()))
      caf::anon_send(one.wish.game, std::move(*silence));
    return;
  case simulated_look::kind::failed:
    caf::anon_send(one.wish.game, probing::probe_watch::could_not_look("the look failed"));
    return;
  }
}

void ask_who_is_due(self_ptr self) {
  auto& state = self->state;
  auto now = state.now();
  while (!state.plan.empty() && state.plan.begin()->first <= now) {
    auto room = state.plan.extract(state.plan.begin());
    auto& one = state.rooms.at(room.mapped());
    ask(self, one);
    one.due = room.key() = now + one.wish.how.interval;
    state.plan.insert(std::move(room));
  }
  arm(self);
}

prober_actor::behavior_type simulated_prober(self_ptr self, std::shared_ptr<simulated_world> world,
                                             wall_clock now) {
  self->state.world = std::move(world);
  self->state.now = std::move(now);
  self->set_down_handler([self](const caf::down_msg& down) {
    if (auto room = self->state.games.find(down.source); room != self->state.games.end())
      self->state.forget(simulated_prober_state::key{room->second});
  });
  return {
      [self](begin_probing& wish) { begin(self, wish); },
      [self](const end_probing& wish) {
        self->state.forget({wish.scheduler, wish.id});
      },
      [self](const timer_fired& timer) {
        if (timer.number != self->state.timer_number)
          return;
        self->state.armed_for.reset();
        ask_who_is_due(self);
      },
  };
}

} // namespace

prober_actor spawn_simulated_prober(caf::actor_system& system, std::shared_ptr<simulated_world> world,
                                    wall_clock now) {
  return system.spawn(simulated_prober, std::move(world), std::move(now));
}

} // namespace maestro
