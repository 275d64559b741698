#include "actors/room_pool/game_rooms.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

game_rooms::game_rooms(room_pool_actor::pointer self, actor_context_ptr context)
    : self_(self), context_(std::move(context)) {}

game_rooms::~game_rooms() {
  games_.for_each([](auto& game) { at(game).end(); });
}

game_room_actor game_rooms::of(const room_record& room) {
  if (auto* found = games_.find(room.id))
    return caf::actor_cast<game_room_actor>(*found);
  if (!around_)
    around_ = std::make_shared<game_room::surroundings>(context_, caf::actor_cast<room_pool_actor>(self_));
  auto made = make_game_room(self_->system(), around_, room);
  games_.insert(made);
  return caf::actor_cast<game_room_actor>(made);
}

void game_rooms::end(const room_id& id) {
  if (auto game = games_.extract(id))
    at(game).end();
}

void game_rooms::tell(const room_record& room) {
  if (auto* game = games_.find(room.id))
    at(*game).learn(room);
}

void game_rooms::conclude_ping(const room_id& id) {
  if (auto* game = games_.find(id))
    at(*game).conclude_ping();
}

timestamp game_rooms::last_ping_at(const room_id& id) const {
  auto* game = games_.find(id);
  return game == nullptr ? never : at(*game).last_ping_at();
}

} // namespace maestro
