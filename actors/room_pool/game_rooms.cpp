#include "actors/room_pool/game_rooms.hpp"

#include "messages/assert.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace maestro {

game_rooms::game_rooms(room_pool_actor::pointer self, const actor_context_ptr& context)
    : self_(self), context_(context) {}

game_rooms::~game_rooms() {
  games_.for_each([](auto& game) { at(game).end(); });
}

game_room_actor game_rooms::of(const room_record& room) {
  if (auto* found = games_.find(room.id))
    return caf::actor_cast<game_room_actor>(*found);
  if (!around_) {
    around_ = std::make_shared<game_room::surroundings>(context_, caf::actor_cast<room_pool_actor>(self_));
    around_->allocation_ttl = allocation_ttl_.count();
    show_listener();
  }
  auto made = make_game_room(self_->system(), around_, room);
  games_.insert(made);
  return caf::actor_cast<game_room_actor>(made);
}

void game_rooms::end(const room_id& id) {
  if (auto game = games_.extract(id))
    at(game).end();
}

void game_rooms::tell(const room_record& room, std::uint64_t sequence) {
  auto* game = games_.find(room.id);
  if (game == nullptr)
    return;
  at(*game).learn(room);
  if (listens_)
    at(*game).tell_listener_of(room, sequence);
}

void game_rooms::hand_on(const room_id& id, ping_status said, std::string metadata) {
  if (auto* game = games_.find(id))
    at(*game).hand_on(said, std::move(metadata), self_->context());
}

// What rooms knew for an earlier listener may be old by now.
void game_rooms::listen(const caf::strong_actor_ptr& listener) {
  bool listens = listener != nullptr;
  if (listens == listens_)
    return;
  MAESTRO_ASSERT(!listens || !listener_ || listener_ == listener, "a second listener to one pool");
  games_.for_each([](auto& game) { at(game).forget_listener(); });
  listens_ = listens;
  if (listens)
    listener_ = listener;
  show_listener();
}

void game_rooms::show_listener() {
  if (!around_)
    return;
  if (listens_ && !around_->listener_owner)
    around_->listener_owner = listener_;
  around_->listener.store(listens_ ? caf::actor_cast<caf::abstract_actor*>(listener_) : nullptr,
                          std::memory_order_release);
}

void game_rooms::conclude_ping(const room_id& id) {
  if (auto* game = games_.find(id))
    at(*game).conclude_ping();
}

timestamp game_rooms::last_ping_at(const room_id& id) const {
  auto* game = games_.find(id);
  return game == nullptr ? never : at(*game).last_ping_at();
}

timestamp game_rooms::last_sign_of(const room_id& id) const {
  auto* game = games_.find(id);
  return game == nullptr ? never : std::max(at(*game).last_ping_at(), at(*game).last_excuse_at());
}

void game_rooms::learn_allocation_ttl(duration shortest) {
  allocation_ttl_ = shortest;
  if (around_)
    around_->allocation_ttl = shortest.count();
}

} // namespace maestro
