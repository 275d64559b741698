#include "actors/rules/room_allocation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace maestro::rules {

namespace {

bool may_be_given(const room_record& room, bool is_changing) {
  return room.removal == removal_cause::none && room.drain == removal_cause::none && !room.validation &&
         room.silence.empty() && !is_changing;
}

std::int64_t taken_of(const room_record& room) {
  return counted_matches(room) + room.held_slots;
}

std::int64_t slots_of(const std::string& version, const known_versions& versions) {
  auto* recipe = versions.find(version);
  recipe = recipe != nullptr ? recipe : versions.active();
  return recipe != nullptr ? recipe->max_matches : 1;
}

/// Which version's rooms go first.
int preference(const std::string& version, const known_versions& versions) {
  auto* active = versions.active();
  if (active != nullptr && version == active->spec.version)
    return 0;
  return versions.is_replaced(version) ? 2 : 1;
}

/// With one match a room there is nothing to share: slots are the room then, with all that holds for a whole one.
std::uint8_t slots_to_hold(const pool_view& pool, const room_record& room, std::int32_t slots) {
  return pool.policy_for(room).max_matches > 1 ? static_cast<std::uint8_t>(slots) : 0;
}

// Once the room was given back, or to somebody else, its address would be no answer.
result<allocated_room> given_before(const pool_view& pool, const remembered_request& known) {
  using enum room_status;
  room_id id{known.answer};
  auto* room = pool.rooms.find(id);
  bool is_held = room != nullptr && room->removal == removal_cause::none && room->allocated_at == known.at &&
                 (room->status == allocated || room->status == occupied || room->status == active);
  if (is_held)
    return allocated_room{id, room->host, room->ports};
  return failure{ec::aborted,
                 fmt::format("the allocation of room {} that this request was answered with is over", id.str())};
}

std::optional<failure> refusal_of(const pool_view& pool, const allocate_room& command) {
  if (command.deadline != duration{} && pool.clock.steady > command.deadline)
    return failure{ec::deadline_exceeded,
                   fmt::format("no room of scheduler {} was allocated in time", pool.name.str())};
  auto* active = pool.versions.active();
  if (active != nullptr && command.slots > active->max_matches)
    return failure{ec::invalid_argument,
                   fmt::format("slots must be {} or less, the maxMatches of scheduler {}, not {}",
                               active->max_matches, pool.name.str(), command.slots)};
  return {};
}

} // namespace

bool is_free(const room_record& room, bool is_changing) {
  return room.status == room_status::ready && may_be_given(room, is_changing);
}

bool is_shared(const room_record& room, bool is_changing) {
  bool has_others =
      room.status == room_status::active || (room.status == room_status::allocated && room.held_slots > 0);
  return has_others && may_be_given(room, is_changing);
}

void free_rooms::update(const room_id& id, const room_record* room, bool is_changing) {
  if (room != nullptr && (is_free(*room, is_changing) || is_shared(*room, is_changing))) {
    rooms_[room->version][is_free(*room, is_changing) ? 0 : taken_of(*room)].insert(room);
    return;
  }
  for (auto version = rooms_.begin(); version != rooms_.end(); ++version)
    for (auto level = version->second.begin(); level != version->second.end(); ++level) {
      auto found = level->second.find(id);
      if (found == level->second.end())
        continue;
      level->second.erase(found);
      if (level->second.empty())
        version->second.erase(level);
      if (version->second.empty())
        rooms_.erase(version);
      return;
    }
}

std::size_t free_rooms::size() const {
  std::size_t all = 0;
  for (auto& [version, rooms] : rooms_)
    if (auto free = rooms.find(0); free != rooms.end())
      all += free->second.size();
  return all;
}

bool free_rooms::contains(const room_id& id) const {
  return std::any_of(rooms_.begin(), rooms_.end(), [&](auto& version) {
    auto free = version.second.find(0);
    return free != version.second.end() && free->second.contains(id);
  });
}

bool free_rooms::shares(const room_id& id) const {
  auto has = [&](auto& level) { return level.first > 0 && level.second.contains(id); };
  return std::any_of(rooms_.begin(), rooms_.end(), [&](auto& version) {
    return std::any_of(version.second.begin(), version.second.end(), has);
  });
}

const room_record* free_rooms::first(const known_versions& versions) const {
  return preferred(versions, [](auto&) { return std::int64_t{0}; });
}

const room_record* free_rooms::first_with(std::int64_t slots, const known_versions& versions) const {
  return preferred(versions, [&](auto& version) { return slots_of(version, versions) - slots; });
}

const room_record* free_rooms::preferred(const known_versions& versions, auto taken_at_most) const {
  const room_record* best = nullptr;
  int best_preference = 3;
  for (auto& [version, rooms] : rooms_) {
    auto above = rooms.upper_bound(taken_at_most(version));
    auto wanted = preference(version, versions);
    if (above == rooms.begin() || wanted >= best_preference)
      continue;
    best = *std::prev(above)->second.begin();
    best_preference = wanted;
  }
  return best;
}

pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command) {
  if (auto* known = pool.rooms.requests().find(command.request))
    return {.reply = given_before(pool, *known)};
  if (auto refusal = refusal_of(pool, command))
    return {.reply = *refusal};
  auto* room = command.slots > 0 ? free.first_with(command.slots, pool.versions) : free.first(pool.versions);
  if (room == nullptr)
    return {.reply =
                failure{ec::unknown, fmt::format("no ready rooms available for scheduler {}", pool.name.str())},
            .effects = {tell_room_wanted{}}};
  return {.events = {room_allocated{room->id, pool.clock.now, slots_to_hold(pool, *room, command.slots),
                                    command.request}},
          .reply = allocated_room{room->id, room->host, room->ports}};
}

} // namespace maestro::rules
