#include "actors/rules/room_allocation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

bool is_free(const room_record& room, bool is_changing) {
  return room.status == room_status::ready && room.removal == removal_cause::none &&
         room.drain == removal_cause::none && !room.validation && !is_changing;
}

void free_rooms::update(const room_id& id, const room_record* room, bool is_changing) {
  if (room != nullptr && is_free(*room, is_changing)) {
    rooms_[room->version].insert(room);
    return;
  }
  for (auto version = rooms_.begin(); version != rooms_.end(); ++version) {
    auto found = version->second.find(id);
    if (found == version->second.end())
      continue;
    version->second.erase(found);
    if (version->second.empty())
      rooms_.erase(version);
    return;
  }
}

std::size_t free_rooms::size() const {
  std::size_t all = 0;
  for (auto& [version, rooms] : rooms_)
    all += rooms.size();
  return all;
}

bool free_rooms::contains(const room_id& id) const {
  return std::any_of(rooms_.begin(), rooms_.end(), [&](auto& version) { return version.second.contains(id); });
}

const room_record* free_rooms::first(const known_versions& versions) const {
  auto* active = versions.active();
  const rooms_of_version* best = nullptr;
  for (auto& [version, rooms] : rooms_) {
    if (active != nullptr && version == active->spec.version)
      return *rooms.begin();
    if (best == nullptr || !versions.is_replaced(version))
      best = &rooms;
  }
  return best != nullptr ? *best->begin() : nullptr;
}

pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command) {
  if (command.deadline != duration{} && pool.clock.steady > command.deadline)
    return {.reply = failure{ec::deadline_exceeded,
                             fmt::format("no room of scheduler {} was allocated in time", pool.name.str())}};
  auto* room = free.first(pool.versions);
  if (room == nullptr)
    return {.reply =
                failure{ec::unknown, fmt::format("no ready rooms available for scheduler {}", pool.name.str())},
            .effects = {tell_room_wanted{}}};
  return {.events = {room_allocated{room->id, pool.clock.now}},
          .reply = allocated_room{room->id, room->host, room->ports}};
}

} // namespace maestro::rules
