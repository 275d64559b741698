#include "actors/rules/room_removal.hpp"

#include "actors/rules/event_report.hpp"
#include "actors/rules/room_expiry.hpp"
#include "actors/rules/room_lifecycle.hpp"

namespace maestro::rules {

namespace {

// It was found to be over its time some moments ago. Since then it may have pinged, or the clock stepped.
bool is_still_expired(const pool_view& pool, const room_record& room, timestamp last_sign) {
  return room.removal != removal_cause::none ||
         is_expired(classify(room, last_sign, pool.settings_of(room), pool.clock));
}

// It was named because it had drained some moments ago. Since then it may be wanted again, and have players.
bool is_still_drained(const room_record& room) {
  return room.removal != removal_cause::none || (room.drain != removal_cause::none && !holds_players(room.status));
}

} // namespace

std::string to_string(removal_verdict verdict) {
  switch (verdict) {
  case removal_verdict::asked: return "asked";
  case removal_verdict::gone: return "gone";
  case removal_verdict::spared: return "spared";
  case removal_verdict::drains: return "drains";
  }
  return "unknown";
}

removal_order chosen_rooms(const pool_view& pool, const remove_rooms& command, std::int64_t limit) {
  auto* active = pool.versions.active();
  auto begun = pool.rooms.removed_by(command.operation);
  return {command.amount - begun, limit - begun, active != nullptr ? active->spec.version : std::string{},
          settings_for(pool.settings, active), pool.clock};
}

bool concerns(const pool_view& pool, removal_cause cause, const room_record& room) {
  return cause != removal_cause::rolling_update_replace || pool.versions.is_replaced(room.version);
}

pool_decision<done> decide_drain_end(const pool_view& pool, const room_id& id) {
  auto* room = pool.rooms.find(id);
  if (room == nullptr || room->drain == removal_cause::none)
    return {};
  return {.events = {room_draining{id, removal_cause::none, {}, pool.clock.now}}};
}

namespace {

pool_decision<removal_verdict> decide_drain(const pool_view& pool, const room_record& room,
                                            const remove_room& command) {
  pool_decision<removal_verdict> decided{.reply = removal_verdict::drains};
  if (room.drain == removal_cause::none)
    decided.events.emplace_back(room_draining{room.id, command.cause, command.operation, pool.clock.now});
  return decided;
}

} // namespace

pool_decision<removal_verdict> decide_removal(const pool_view& pool, const remove_room& command) {
  auto* room = pool.rooms.find(command.id);
  if (room == nullptr)
    return {.reply = removal_verdict::gone};
  if (!may_remove(*room, command.spare_players))
    return decide_drain(pool, *room, command);
  if (command.cause == removal_cause::expired_room && !is_still_expired(pool, *room, command.last_sign))
    return {.reply = removal_verdict::spared};
  if (command.cause == removal_cause::scale_down && !command.spare_players && !is_still_drained(*room))
    return {.reply = removal_verdict::spared};
  if (room->removal != removal_cause::none)
    return {.reply = removal_verdict::asked, .effects = {ask_for_end{command.id, room->removal, command.batch}}};
  pool_decision<removal_verdict> decided{
      .events = {room_removal_started{command.id, command.cause, command.operation, pool.clock.now}},
      .reply = removal_verdict::asked,
      .effects = {ask_for_end{command.id, command.cause, command.batch}},
      .at_once = {note{pool_note::removal_begun, command.id, to_string(command.cause), {}}}};
  report_end(pool, *room, command.cause, decided.events);
  return decided;
}

pool_decision<done> decide_end_answer(const ask_for_end& asked, const std::optional<failure>& refusal) {
  if (!refusal)
    return {.effects = {conclude_removal{asked.id, asked.batch, {}}}};
  if (refusal->code != ec::not_found)
    return {.effects = {conclude_removal{asked.id, asked.batch, refusal->text}}};
  return {.effects = {end_room{asked.id, asked.cause, "it had no instance"},
                      conclude_removal{asked.id, asked.batch, {}}}};
}

pool_decision<done> decide_end(const pool_view& pool, const end_room& over) {
  pool_decision<done> decided;
  auto conclude = [&over](std::vector<pool_effect>& effects) {
    if (over.creation != 0 || over.cause == removal_cause::creation_failed)
      effects.emplace_back(conclude_creation{over.id, over.creation, over.detail});
  };
  auto* room = pool.rooms.find(over.id);
  if (room == nullptr) {
    conclude(decided.effects);
    return decided;
  }
  if (over.may_live && room->removal == removal_cause::none) {
    decided.events.emplace_back(room_removal_started{over.id, over.cause, {}, pool.clock.now});
    decided.effects.emplace_back(report_loss{loss_of(*room, over.detail)});
    conclude(decided.effects);
    decided.effects.emplace_back(ask_for_end{over.id, over.cause, 0});
    conclude(decided.if_refused);
    return decided;
  }
  auto cause = over.cause;
  if (cause == removal_cause::none)
    cause = room->removal != removal_cause::none ? room->removal : removal_cause::instance_gone;
  report_end(pool, *room, cause, decided.events);
  decided.events.emplace_back(room_removed{over.id, cause, over.detail, pool.clock.now});
  decided.at_once.emplace_back(note{pool_note::room_ended, over.id, to_string(cause), over.detail});
  if (!room->instance_exited)
    decided.effects.emplace_back(release_ports{room->placed_on, room->ports});
  decided.effects.emplace_back(end_game_room{over.id});
  if (room->removal == removal_cause::none && !room->instance_exited)
    decided.effects.emplace_back(report_loss{loss_of(*room, over.detail)});
  conclude(decided.effects);
  conclude(decided.if_refused);
  return decided;
}

std::vector<pool_effect> end_of_orphan(const room_id& id) {
  return {note{pool_note::orphan_found, id, {}, {}}, end_orphan{id}};
}

duration grace_of(const pool_view& pool, const room_id& id) {
  auto* room = pool.rooms.find(id);
  auto* version = room != nullptr ? pool.version_of(*room) : pool.versions.active();
  return version != nullptr ? version->spec.termination_grace_period : duration{};
}

room_lost loss_of(const room_record& room, const std::string& reason) {
  return {room.id, room.created_at, room.instance == instance_status::ready, reason};
}

} // namespace maestro::rules
