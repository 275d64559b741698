#include "nodes/gateway/room_cache.hpp"

#include <utility>

namespace maestro {

room_cache::known_room room_cache::upgraded(const entry& from) {
  return {caf::actor_cast<game_room_actor>(caf::actor_cast<caf::strong_actor_ptr>(from.room)),
          from.wants_metadata};
}

room_cache::name room_cache::split(std::string_view key) {
  auto slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

room_cache::known_room room_cache::find(std::string_view scheduler, std::string_view room) {
  if (!dropped_.empty())
    free_some();
  name wanted{scheduler, room};
  if (auto known = young_.find(wanted); known != young_.end())
    return upgraded(known->second);
  auto known = old_.find(wanted);
  if (known == old_.end())
    return {};
  auto moved = young_.insert(old_.extract(known));
  return upgraded(moved.position->second);
}

void room_cache::put(std::string_view scheduler, std::string_view room, const known_room& what) {
  if (young_.size() >= generation_size_)
    rotate();
  auto key = std::string(scheduler) + '/' + std::string(room);
  old_.erase(key);
  young_.insert_or_assign(std::move(key),
                          entry{caf::actor_cast<caf::weak_actor_ptr>(what.room), what.wants_metadata});
}

void room_cache::note(std::string_view scheduler, std::string_view room, bool wants_metadata) {
  for (auto* half : {&young_, &old_})
    if (auto known = half->find(name{scheduler, room}); known != half->end())
      known->second.wants_metadata = wants_metadata;
}

void room_cache::evict(std::string_view scheduler, std::string_view room) {
  for (auto* half : {&young_, &old_})
    if (auto known = half->find(name{scheduler, room}); known != half->end())
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
