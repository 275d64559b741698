#include "runtime/simulated/simulated_host.hpp"

#include "messages/type_ids.hpp"
#include "runtime/runtimes.hpp"
#include "runtime/simulated/simulated_prober.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace maestro {

namespace {

enum class timer : std::uint8_t { due, killed };

struct simulated_host_state {
  static inline const char* name = "simulated_host";

  std::shared_ptr<simulated_world> world;
  runtime_events_actor events;
  wall_clock now;
  std::optional<timestamp> armed_for;
  std::uint64_t timer_number = 0;

  simulated_host_state() {}
};

using self_ptr = room_host_actor::stateful_pointer<simulated_host_state>;

void publish(self_ptr self, std::vector<instance_event> told) {
  for (auto& event : told)
    self->send(self->state.events, std::move(event));
}

void arm(self_ptr self) {
  auto& s = self->state;
  auto due = s.world->next_due();
  if (!due || (s.armed_for && *s.armed_for <= *due))
    return;
  s.armed_for = due;
  auto wait = std::max(*due - s.now(), duration::zero());
  self->delayed_send(self, wait, timer_fired{static_cast<std::uint8_t>(timer::due), ++s.timer_number});
}

void look(self_ptr self) {
  publish(self, self->state.world->advance(self->state.now()));
  arm(self);
}

/// Why the scheduler's instances cannot be changed by who asks, or not now.
result<done> admit(self_ptr self, const scheduler_name& scheduler, owner_epoch epoch) {
  auto& s = self->state;
  if (auto no = s.world->trouble(s.now()))
    return std::move(*no);
  return s.world->admit(scheduler, epoch);
}

room_host_actor::behavior_type simulated_host(self_ptr self, std::shared_ptr<simulated_world> world,
                                              runtime_events_actor events, wall_clock now) {
  auto& state = self->state;
  state.world = std::move(world);
  state.events = std::move(events);
  state.now = std::move(now);
  auto address = caf::actor_cast<caf::actor_addr>(self);
  state.world->set_listener([address] {
    if (auto host = caf::actor_cast<room_host_actor>(address))
      caf::anon_send(host, timer_fired{static_cast<std::uint8_t>(timer::killed), 0});
  });
  publish(self, state.world->adopt(state.now()));
  arm(self);
  return {
      [self](const create_instance& wish) -> caf::result<done> {
        auto accepted = admit(self, wish.scheduler, wish.epoch);
        if (accepted)
          accepted = self->state.world->create(wish, self->state.now());
        if (accepted)
          self->state.world->tell_obeyed(wish.scheduler, wish.id, wish.epoch, false);
        look(self);
        if (!accepted)
          return to_caf(accepted.error());
        return done{};
      },
      [self](const delete_instance& wish) -> caf::result<done> {
        auto accepted = admit(self, wish.scheduler, wish.epoch);
        if (accepted)
          accepted = self->state.world->remove(wish, self->state.now());
        if (accepted)
          self->state.world->tell_obeyed(wish.scheduler, wish.id, wish.epoch, true);
        look(self);
        if (!accepted)
          return to_caf(accepted.error());
        return done{};
      },
      [self](const list_instances& wish) -> caf::result<instance_list> {
        look(self);
        if (auto no = self->state.world->trouble(self->state.now()))
          return to_caf(*no);
        return self->state.world->page(wish);
      },
      [self](const prepare_scheduler& wish) -> caf::result<done> {
        auto admitted = admit(self, wish.name, wish.epoch);
        if (!admitted)
          return to_caf(admitted.error());
        return done{};
      },
      [self](const remove_scheduler& wish) -> caf::result<done> {
        if (auto admitted = admit(self, wish.name, wish.epoch); !admitted)
          return to_caf(admitted.error());
        for (auto& one : self->state.world->instances())
          if (one.scheduler == wish.name)
            self->state.world->tell_obeyed(wish.name, one.id, wish.epoch, true);
        self->state.world->remove_all(wish.name, self->state.now());
        look(self);
        return done{};
      },
      [self](const read_room_logs& wish) -> caf::result<room_logs> {
        if (!self->state.world->find(wish.room))
          return to_caf({ec::not_found, fmt::format("room {} has no instance", wish.room.str())});
        return to_caf({ec::not_found, fmt::format("room {} is simulated and has no logs", wish.room.str())});
      },
      [](const read_artifacts& wish) -> caf::result<artifact_piece> {
        return to_caf({ec::not_found, fmt::format("room {} is simulated and leaves nothing", wish.room.str())});
      },
      [self](const timer_fired& fired) {
        if (fired.kind == static_cast<std::uint8_t>(timer::due)) {
          if (fired.number != self->state.timer_number)
            return;
          self->state.armed_for.reset();
        }
        look(self);
      },
  };
}

} // namespace

room_host_actor spawn_simulated_host(caf::actor_system& system, std::shared_ptr<simulated_world> world,
                                     runtime_events_actor events, wall_clock now) {
  return system.spawn(simulated_host, std::move(world), std::move(events), std::move(now));
}

runtime_actors spawn_runtime(const simulated_host_config& config, const runtime_surroundings& around) {
  auto world = std::make_shared<simulated_world>(config, around.seed);
  auto now = [clock = around.clock] { return clock().now; };
  return {spawn_simulated_host(around.system, world, around.events, now),
          spawn_simulated_prober(around.system, world, now)};
}

} // namespace maestro
