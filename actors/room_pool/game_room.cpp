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
  room_id id;
  rules::known_room known;
  timestamp last_ping_at = never;

  void learn(const room_record& room) {
    known = {room.status, room.ping, room.running_matches, room.allocated_at};
  }
};

game_room_actor::behavior_type game_room(game_room_actor::stateful_pointer<game_room_state> self,
                                         const actor_context_ptr& context, const room_pool_actor& pool,
                                         const room_record& room) {
  self->state.context = context;
  self->state.pool = pool;
  self->state.id = room.id;
  self->state.learn(room);
  return {
      [self](const ping_room& observed) -> caf::result<ping_result> {
        auto& state = self->state;
        state.last_ping_at = state.context->now();
        if (rules::changes_nothing(state.known, observed, state.context->limits.room_allocation_ttl,
                                   state.last_ping_at))
          return ping_result{true};
        return self->delegate(state.pool, observe_ping{state.id, observed.status, observed.running_matches});
      },
      [self](get_last_ping) {
        return last_ping{self->state.id, self->state.last_ping_at};
      },
      [self](const room_changed& change) { self->state.learn(change.room); },
  };
}

} // namespace

game_room_actor spawn_game_room(caf::actor_system& system, const actor_context_ptr& context, room_pool_actor pool,
                                const room_record& room) {
  return system.spawn(game_room, context, std::move(pool), room);
}

} // namespace maestro
