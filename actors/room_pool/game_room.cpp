#include "actors/room_pool/game_room.hpp"

#include "actors/rules/room_observation.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

// Kept small: there may be a million of them.
struct game_room_state {
  static inline const char* name = "game_room";
  game_room_state() {}

  actor_context_ptr context;
  room_pool_actor pool;
  room_slot_ptr slot;
  room_changed known;
};

game_room_actor::behavior_type game_room(game_room_actor::stateful_pointer<game_room_state> self,
                                         const actor_context_ptr& context, const room_pool_actor& pool,
                                         const room_slot_ptr& slot, const room_changed& known) {
  self->state.context = context;
  self->state.pool = pool;
  self->state.slot = slot;
  self->state.known = known;
  return {
      [self](const ping_room& observed) -> caf::result<ping_result> {
        auto& state = self->state;
        auto now = state.context->now();
        state.slot->pinged(now);
        if (rules::changes_nothing(state.known, observed, state.context->settings.room_allocation_ttl, now))
          return ping_result{true};
        return self->delegate(state.pool, observe_ping{state.slot->id, observed.status, observed.running_matches});
      },
      [self](const room_changed& change) { self->state.known = change; },
  };
}

} // namespace

game_room_actor spawn_game_room(caf::actor_system& system, const actor_context_ptr& context, room_pool_actor pool,
                                room_slot_ptr slot, const room_changed& known) {
  return system.spawn(game_room, context, std::move(pool), std::move(slot), known);
}

} // namespace maestro
