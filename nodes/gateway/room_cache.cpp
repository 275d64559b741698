#include "nodes/gateway/room_cache.hpp"

#include <utility>

namespace maestro {

const game_room_actor* room_cache::find(std::string_view key) {
  if (!dropped_.empty())
    free_some();
  if (auto known = young_.find(key); known != young_.end())
    return &known->second;
  auto known = old_.find(key);
  if (known == old_.end())
    return nullptr;
  auto moved = young_.insert(old_.extract(known));
  return &moved.position->second;
}

void room_cache::put(std::string key, game_room_actor room) {
  if (young_.size() >= generation_size_)
    rotate();
  old_.erase(key);
  young_.insert_or_assign(std::move(key), std::move(room));
}

void room_cache::evict(std::string_view key, const game_room_actor& room) {
  for (auto* half : {&young_, &old_})
    if (auto known = half->find(key); known != half->end() && known->second == room)
      half->erase(known);
}

void room_cache::rotate() {
  dropped_ = std::exchange(old_, std::exchange(young_, {}));
}

void room_cache::free_some() {
  constexpr int at_once = 4;
  for (int i = 0; i < at_once && !dropped_.empty(); ++i)
    dropped_.erase(dropped_.begin());
}

} // namespace maestro
