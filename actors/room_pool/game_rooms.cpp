#include "actors/room_pool/game_rooms.hpp"

#include "actors/room_pool/game_room.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <memory>

namespace maestro {

game_rooms::game_rooms(room_pool_actor::pointer self, actor_context_ptr context)
    : self_(self), context_(std::move(context)) {}

game_rooms::~game_rooms() {
  for (auto& [id, actor] : actors_)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

void game_rooms::start(const room_record& room) {
  actors_[room.id] = spawn_game_room(self_->system(), context_, caf::actor_cast<room_pool_actor>(self_), room);
}

void game_rooms::end(const room_id& id) {
  if (auto found = actors_.extract(id); !found.empty())
    self_->send_exit(found.mapped(), caf::exit_reason::user_shutdown);
}

void game_rooms::tell(const room_record& room) {
  if (auto* actor = find(room.id))
    self_->send(*actor, room_changed{room});
}

const game_room_actor* game_rooms::find(const room_id& id) const {
  auto found = actors_.find(id);
  return found == actors_.end() ? nullptr : &found->second;
}

void game_rooms::ask_last_pings(std::function<void(const last_ping&)> each, std::function<void()> then) {
  auto outstanding = std::make_shared<std::size_t>(actors_.size() + 1);
  auto settle = [outstanding, then = std::move(then)] {
    if (--*outstanding == 0)
      then();
  };
  for (auto& [id, actor] : actors_)
    self_->request(actor, caf::infinite, get_last_ping{})
        .then(
            [each, settle](const last_ping& ping) {
              each(ping);
              settle();
            },
            [settle](const caf::error&) { settle(); });
  settle();
}

} // namespace maestro
