#include "actors/rules/room_allocation.hpp"

#include <fmt/format.h>

namespace maestro::rules {

bool is_free(const room_record& room, bool is_changing) {
  return room.status == room_status::ready && room.removal == removal_cause::none && !room.validation &&
         !is_changing;
}

void free_rooms::update(const room_id& id, const room_record* room, bool is_changing) {
  if (room != nullptr && is_free(*room, is_changing))
    rooms_.insert(room);
  else if (auto found = rooms_.find(id); found != rooms_.end())
    rooms_.erase(found);
}

pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command) {
  if (command.deadline != duration{} && pool.clock.steady > command.deadline)
    return {.reply = failure{ec::deadline_exceeded,
                             fmt::format("no room of scheduler {} was allocated in time", pool.name.str())}};
  if (free.empty())
    return {.reply =
                failure{ec::unknown, fmt::format("no ready rooms available for scheduler {}", pool.name.str())}};
  auto& room = free.first();
  return {.events = {room_allocated{room.id, pool.clock.now}},
          .reply = allocated_room{room.id, room.host, room.ports}};
}

} // namespace maestro::rules
