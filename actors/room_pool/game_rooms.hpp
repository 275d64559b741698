// The GAME ROOM actors of one pool: made when somebody asks for the room first, ended with the room, told what became
// durable, their last pings read without a question. Used by actors/room_pool/pool_hands and pool_writer.
#pragma once

#include "actors/room_pool/game_room.hpp"
#include "messages/steady_index.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace maestro {

class game_rooms {
public:
  game_rooms(room_pool_actor::pointer self, const actor_context_ptr& context);
  game_rooms(const game_rooms&) = delete;
  game_rooms& operator=(const game_rooms&) = delete;
  ~game_rooms();

  game_room_actor of(const room_record& room);
  void end(const room_id& id);
  /// What is durable now; events of the room stand in the stream up to `sequence`.
  void tell(const room_record& room, std::uint64_t sequence);
  /// See game_room; none for a room that has gone.
  void conclude_ping(const room_id& id);
  void hand_on(const room_id& id, ping_status said, std::string metadata);
  /// From here on pings are handed on to it, always the same one; nullptr: to nobody.
  void listen(const caf::strong_actor_ptr& listener);
  bool has_listener() const { return listens_; }
  /// `never` when there was none since the node started, or no such room.
  timestamp last_ping_at(const room_id& id) const;
  /// When the room last pinged, or could not be asked; `never` likewise.
  timestamp last_sign_of(const room_id& id) const;
  /// From here on allocations that are older than that may be over.
  void learn_allocation_ttl(duration shortest);

private:
  void show_listener();
  static game_room& at(const caf::strong_actor_ptr& game) { return static_cast<game_room&>(*game->get()); }
  struct id_of_game {
    const room_id& operator()(const caf::strong_actor_ptr& game) const { return at(game).room(); }
  };

  room_pool_actor::pointer self_;
  const actor_context_ptr& context_;
  caf::strong_actor_ptr listener_; ///< the first one that was named
  bool listens_ = false;
  duration allocation_ttl_{-1};
  game_room::surroundings_ptr around_; ///< none before the first room: a pool at rest is not held by it
  steady_index<room_id, caf::strong_actor_ptr, id_of_game> games_;
};

} // namespace maestro
