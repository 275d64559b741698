// The GAME ROOM actors of one pool: started and ended with the rooms, told what became durable, their last pings
// read without a question. Used by actors/room_pool/pool_hands and pool_writer.
#pragma once

#include "actors/context.hpp"
#include "actors/room_pool/room_slot.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <unordered_set>

namespace maestro {

class game_rooms {
public:
  game_rooms(room_pool_actor::pointer self, actor_context_ptr context);
  game_rooms(const game_rooms&) = delete;
  game_rooms& operator=(const game_rooms&) = delete;
  ~game_rooms();

  void start(const room_record& room);
  void end(const room_id& id);
  /// What is durable now; rooms that have no actor yet learn it when it starts.
  void tell(const room_record& room);
  /// nullptr when there is no such room.
  const game_room_actor* find(const room_id& id) const;
  /// `never` when there was none since the node started, or no such room.
  timestamp last_ping_at(const room_id& id) const;

private:
  struct game {
    room_slot_ptr slot;
    game_room_actor actor;
  };
  struct by_id {
    using is_transparent = void;
    static const room_id& id_of(const game& one) { return one.slot->id; }
    static const room_id& id_of(const room_id& id) { return id; }
    std::size_t operator()(const auto& one) const { return std::hash<room_id>{}(id_of(one)); }
    bool operator()(const auto& left, const auto& right) const { return id_of(left) == id_of(right); }
  };

  room_pool_actor::pointer self_;
  actor_context_ptr context_;
  std::unordered_set<game, by_id, by_id> games_;
};

} // namespace maestro
