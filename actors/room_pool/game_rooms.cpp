#include "actors/room_pool/game_rooms.hpp"

#include "actors/room_pool/game_room.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

room_changed known_of(const room_record& room) {
  return {room.status, room.ping, room.running_matches, room.allocated_at};
}

} // namespace

game_rooms::game_rooms(room_pool_actor::pointer self, actor_context_ptr context)
    : self_(self), context_(std::move(context)) {}

game_rooms::~game_rooms() {
  for (auto& one : games_)
    caf::anon_send_exit(one.actor, caf::exit_reason::user_shutdown);
}

void game_rooms::start(const room_record& room) {
  auto slot = std::make_shared<room_slot>(room.id);
  auto actor =
      spawn_game_room(self_->system(), context_, caf::actor_cast<room_pool_actor>(self_), slot, known_of(room));
  games_.insert({std::move(slot), std::move(actor)});
}

void game_rooms::end(const room_id& id) {
  auto found = games_.find(id);
  if (found == games_.end())
    return;
  self_->send_exit(found->actor, caf::exit_reason::user_shutdown);
  games_.erase(found);
}

void game_rooms::tell(const room_record& room) {
  if (auto* actor = find(room.id))
    self_->send(*actor, known_of(room));
}

const game_room_actor* game_rooms::find(const room_id& id) const {
  auto found = games_.find(id);
  return found == games_.end() ? nullptr : &found->actor;
}

timestamp game_rooms::last_ping_at(const room_id& id) const {
  auto found = games_.find(id);
  return found == games_.end() ? never : found->slot->last_ping_at();
}

} // namespace maestro
