#include "actors/rules/event_report.hpp"

#include "actors/rules/matchmaker_calls.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

bool has_listeners(const scheduler& recipe) {
  return std::any_of(recipe.forwarders.begin(), recipe.forwarders.end(), [](auto& one) { return one.enabled; });
}

pool_decision<done> decide_report(const pool_view& pool, const report_room_event& command) {
  auto* recipe = pool.versions.active();
  if (recipe == nullptr || !has_listeners(*recipe))
    return {};
  room_event_reported what{command.room, command.kind, command.word, command.attributes, {}, pool.clock.now};
  auto* room = pool.rooms.find(command.room);
  if (room != nullptr && room->validation)
    return {};
  if (room != nullptr)
    what.address = {room->host, room->ports};
  else if (command.kind != report_kind::player_event && !tells_of_an_end(what))
    return {.reply =
                failure{ec::not_found,
                        fmt::format("failed to get room {0} from storage: room {0} not found in scheduler {1}",
                                    command.room.str(), pool.name.str()),
                        failure_subject::room}};
  for (auto& whom : recipe->forwarders)
    if (whom.enabled)
      if (auto call = matchmaker_call_for(what, whom, {pool.name, recipe->game}, number_style::original); !call)
        return {.reply = call.error()};
  return {.events = {std::move(what)}};
}

void report_end(const pool_view& pool, const room_record& room, removal_cause cause, std::vector<pool_event>& to) {
  auto* recipe = pool.versions.active();
  if (recipe == nullptr || !has_listeners(*recipe) || room.validation || room.end_reported)
    return;
  if (cause == removal_cause::scheduler_deleted || cause == removal_cause::creation_failed)
    return;
  to.emplace_back(
      room_event_reported{room.id, report_kind::ended, {}, {}, {room.host, room.ports}, pool.clock.now});
}

bool is_resynced(bool is_validation, bool end_reported, ping_status said) {
  bool says_it_ends = said == ping_status::terminating || said == ping_status::terminated;
  return !is_validation && (!end_reported || says_it_ends);
}

} // namespace maestro::rules
