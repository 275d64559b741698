#include "actors/game_room.hpp"

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
  std::int64_t running_matches = 0;
  timestamp allocated_at = never;
  timestamp last_ping_at = never;
  ping_status ping = ping_status::unknown;
  room_status status = room_status::pending;

  void mirror(const room_record& room) {
    running_matches = room.running_matches;
    allocated_at = room.allocated_at;
    ping = room.ping;
    status = room.status;
  }

  // A repeated ping can only matter to an allocation that ran out: the pool then makes the room ready again.
  bool changes_nothing(const ping_room& observed, timestamp now) const {
    if (observed.status != ping || observed.running_matches != running_matches)
      return false;
    return status != room_status::allocated || now < allocated_at + context->limits.room_allocation_ttl;
  }
};

game_room_actor::behavior_type game_room(game_room_actor::stateful_pointer<game_room_state> self,
                                         const actor_context_ptr& context, const room_pool_actor& pool,
                                         const room_record& room) {
  self->state.context = context;
  self->state.pool = pool;
  self->state.id = room.id;
  self->state.mirror(room);
  return {
      [self](const ping_room& observed) -> caf::result<ping_result> {
        auto& state = self->state;
        state.last_ping_at = state.context->now();
        if (state.changes_nothing(observed, state.last_ping_at))
          return ping_result{true};
        return self->delegate(state.pool, observe_ping{state.id, observed.status, observed.running_matches});
      },
      [self](get_last_ping) {
        return last_ping{self->state.id, self->state.last_ping_at};
      },
      [self](const room_changed& change) { self->state.mirror(change.room); },
  };
}

} // namespace

game_room_actor spawn_game_room(caf::actor_system& system, const actor_context_ptr& context, room_pool_actor pool,
                                const room_record& room) {
  return system.spawn(game_room, context, std::move(pool), room);
}

} // namespace maestro
