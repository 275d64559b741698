#include "actors/rules/strangers.hpp"

#include <fmt/format.h>

namespace maestro::rules {

const instance* strangers::find(const room_id& id) const {
  auto found = all_.find(id);
  return found != all_.end() ? &found->second : nullptr;
}

bool strangers::note(const instance& seen) {
  auto [at, is_new] = all_.try_emplace(seen.id, seen);
  if (is_new)
    return true;
  auto machine = seen.placed_on.empty() ? std::move(at->second.placed_on) : seen.placed_on;
  at->second = seen;
  at->second.placed_on = std::move(machine);
  return false;
}

stranger_list strangers::list() const {
  stranger_list all;
  for (auto& [id, what] : all_)
    all.items.push_back({what, what.placed_on});
  return all;
}

namespace {

failure no_stranger(const pool_view& pool, const room_id& id) {
  return {ec::not_found, fmt::format("scheduler {} has no stranger {}", pool.name.str(), id.str()),
          failure_subject::room};
}

result<done> check(const pool_view& pool, const instance& seen, const std::string& node) {
  if (pool.versions.find(seen.version) == nullptr)
    return failure{
        ec::failed_precondition,
        fmt::format("{} was made from version {}, which scheduler {} does not know: it can only be ended",
                    seen.id.str(), seen.version, pool.name.str())};
  if (static_cast<std::int64_t>(pool.rooms.size()) >= pool.settings.rooms_limit)
    return failure{ec::resource_exhausted, fmt::format("scheduler {} has {} rooms, the most that it may have",
                                                       pool.name.str(), pool.rooms.size())};
  for (auto& port : seen.ports)
    if (pool.leases.is_taken(node, port.port))
      return failure{ec::aborted,
                     fmt::format("port {} of {} is leased to another room", port.port, seen.id.str())};
  return done{};
}

} // namespace

pool_decision<done> decide_adoption(const pool_view& pool, const adopt_stranger& wish, const instance* seen) {
  if (pool.rooms.find(wish.room) != nullptr)
    return {};
  if (seen == nullptr)
    return {.reply = no_stranger(pool, wish.room)};
  auto& node = seen->placed_on.empty() ? pool.node : seen->placed_on;
  if (auto may = check(pool, *seen, node); !may)
    return {.reply = may.error()};
  room_record room;
  room.id = seen->id;
  room.version = seen->version;
  room.created_at = room.status_since = pool.clock.now;
  room.ports = seen->ports;
  room.placed_on = node;
  return {.events = {room_created{std::move(room)}},
          .effects = {look_at_instance{*seen}},
          .if_refused = {release_ports{node, seen->ports}},
          .at_once = {take_ports{node, seen->ports}, note{pool_note::stranger_adopted, seen->id, {}, {}}}};
}

pool_decision<done> decide_stranger_end(const pool_view& pool, const end_stranger& wish, const instance* seen) {
  if (seen == nullptr || pool.rooms.find(wish.room) != nullptr)
    return {.reply = no_stranger(pool, wish.room)};
  return {.effects = {ask_for_end{wish.room, removal_cause::requested, 0}}};
}

} // namespace maestro::rules
