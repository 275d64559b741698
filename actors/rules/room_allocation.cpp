#include "actors/rules/room_allocation.hpp"

#include <fmt/format.h>

namespace maestro::rules {

bool is_free(const room_record& room, bool is_changing) {
  return room.status == room_status::ready && room.removal == removal_cause::none && !room.validation &&
         !is_changing;
}

void free_rooms::update(const room_id& id, const room_record* room, bool is_changing) {
  if (room != nullptr && is_free(*room, is_changing))
    rooms_.insert(id);
  else
    rooms_.erase(id);
}

pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free) {
  if (free.empty())
    return {.reply =
                failure{ec::unknown, fmt::format("no ready rooms available for scheduler {}", pool.name.str())}};
  auto& room = *pool.rooms.find(free.first());
  return {.events = {room_allocated{room.id, pool.now}}, .reply = allocated_room{room.id, room.host, room.ports}};
}

} // namespace maestro::rules
