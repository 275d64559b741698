// The GAME ROOM actors of one pool: started and ended with the rooms, told what became durable, asked for their last
// pings. Used by actors/room_pool/pool_hands and pool_writer.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <unordered_map>

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

  /// Calls `each` for every game room that answers, then `then`.
  void ask_last_pings(std::function<void(const last_ping&)> each, std::function<void()> then);

private:
  room_pool_actor::pointer self_;
  actor_context_ptr context_;
  std::unordered_map<room_id, game_room_actor> actors_;
};

} // namespace maestro
