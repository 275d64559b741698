#include "actors/room_pool/room_gate.hpp"

#include "messages/assert.hpp"

#include <utility>

namespace maestro {

bool room_gate::is_closed(const room_id& id) const {
  auto found = rooms_.find(id);
  return found != rooms_.end() && found->second.is_closed;
}

std::size_t room_gate::waiting(const room_id& id) const {
  auto found = rooms_.find(id);
  return found == rooms_.end() ? 0 : found->second.waiting.size();
}

void room_gate::enter(const room_id& id, intent act) {
  rooms_[id].waiting.push_back(std::move(act));
  run(id);
}

void room_gate::close(const room_id& id) {
  auto& room = rooms_[id];
  MAESTRO_ASSERT(!room.is_closed, "room {} has a change on its way already", id.str());
  room.is_closed = true;
}

void room_gate::open(const room_id& id) {
  auto found = rooms_.find(id);
  MAESTRO_ASSERT(found != rooms_.end() && found->second.is_closed, "room {} is open already", id.str());
  found->second.is_closed = false;
  run(id);
}

// The queue stays in its place while it is run: what an intent adds comes after what waited before.
void room_gate::run(const room_id& id) {
  auto& room = rooms_[id];
  if (room.is_running)
    return;
  room.is_running = true;
  while (!room.is_closed && !room.waiting.empty()) {
    auto next = std::move(room.waiting.front());
    room.waiting.pop_front();
    next();
  }
  room.is_running = false;
  if (!room.is_closed)
    rooms_.erase(room_id{id});
}

} // namespace maestro
