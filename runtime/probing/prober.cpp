#include "runtime/probing/prober.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <map>
#include <memory>
#include <utility>

namespace maestro {

namespace {

struct prober_state {
  static inline const char* name = "prober";
  prober_state() {}

  using key = std::pair<scheduler_name, room_id>;
  std::map<key, caf::actor_addr> asked;
  std::map<caf::actor_addr, key> rooms; ///< of the same
  std::unique_ptr<probing::probe_loop> loop;

  void forget(const key& room) {
    auto found = asked.find(room);
    if (found == asked.end())
      return;
    rooms.erase(found->second);
    asked.erase(found);
    loop->end(room.first, room.second);
  }
};
using self_ptr = prober_actor::stateful_pointer<prober_state>;

void begin(self_ptr self, begin_probing& wish) {
  auto& state = self->state;
  prober_state::key room{wish.scheduler, wish.id};
  auto game = wish.game.address();
  if (auto known = state.asked.find(room); known != state.asked.end() && known->second == game)
    return;
  state.forget(room);
  self->monitor(wish.game);
  state.asked.emplace(room, game);
  state.rooms.emplace(game, room);
  state.loop->begin(std::move(wish));
}

prober_actor::behavior_type prober(self_ptr self, const probing::probe_loop_config& config,
                                   const probing::ask_locally& ask_room, const probing::count_players& count) {
  self->state.loop = std::make_unique<probing::probe_loop>(
      config, ask_room, count,
      [](const begin_probing& room, ping_room what) { caf::anon_send(room.game, std::move(what)); },
      [](const begin_probing& room, report_silence what) { caf::anon_send(room.game, std::move(what)); });
  self->set_down_handler([self](const caf::down_msg& down) {
    if (auto room = self->state.rooms.find(down.source); room != self->state.rooms.end())
      self->state.forget(prober_state::key{room->second});
  });
  return {
      [self](begin_probing& wish) { begin(self, wish); },
      [self](const end_probing& wish) {
        prober_state::key room{wish.scheduler, wish.id};
        if (auto known = self->state.asked.find(room); known != self->state.asked.end())
          self->demonitor(known->second);
        self->state.forget(room);
      },
      [](const timer_fired&) {},
  };
}

} // namespace

prober_actor spawn_prober(caf::actor_system& system, probing::probe_loop_config config,
                          probing::ask_locally ask_room, probing::count_players count) {
  return system.spawn(prober, std::move(config), std::move(ask_room), std::move(count));
}

} // namespace maestro
