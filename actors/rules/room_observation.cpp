#include "actors/rules/room_observation.hpp"

#include "actors/rules/event_report.hpp"
#include "actors/rules/room_health_rules.hpp"
#include "actors/rules/room_removal.hpp"

namespace maestro::rules {

namespace {

note refused_observation(const room_record& room, room_status refused) {
  return {pool_note::observation_refused, room.id, to_string(room.status), to_string(refused)};
}

} // namespace

pool_decision<ping_result> decide_ping(const pool_view& pool, const observe_ping& ping) {
  auto* room = pool.rooms.find(ping.id);
  if (room == nullptr)
    return {.reply = ping_result{false}};
  auto policy = pool.policy_for(*room);
  room_pinged event{ping.id, ping.status, ping.running_matches, room->status, pool.clock.now, room->held_slots};
  auto next = *room;
  become(next, event);
  event.status = next_status(next, policy, pool.clock);
  event.held_slots = slots_left(*room, ping.running_matches, policy, pool.clock);
  if (!transition_allowed(room->status, event.status))
    return {.reply = ping_result{false},
            .effects = {refused_observation(*room, event.status), count_metric{pool_metric::ping_update_failed}}};
  become(next, event);
  if (next == *room)
    return {.reply = ping_result{true}};
  return {.events = {event}, .reply = ping_result{true}};
}

namespace {

bool is_promise_over(const room_changed& known, duration allocation_ttl, const clock_reading& clock) {
  return known.has_promises && is_allocation_over(known.allocated_at, allocation_ttl, clock);
}

room_silenced silenced(const pool_view& pool, const room_record& room, const std::string& reason) {
  auto policy = pool.policy_for(room);
  // Why it was silent first says more than what came of it later.
  room_silenced event{room.id, room.silence.empty() ? reason : room.silence, room.status, pool.clock.now,
                      room.held_slots};
  auto next = room;
  become(next, event);
  event.status = next_status(next, policy, pool.clock);
  event.held_slots = slots_left(room, room.running_matches, policy, pool.clock);
  return event;
}

} // namespace

bool changes_nothing(const room_changed& known, const ping_room& ping, duration allocation_ttl,
                     const clock_reading& clock) {
  return ping.status == known.ping && ping.running_matches == known.running_matches && !known.is_silent &&
         !is_promise_over(known, allocation_ttl, clock);
}

bool changes_nothing(const room_changed& known, const report_silence&, duration allocation_ttl,
                     const clock_reading& clock) {
  return known.is_silent && !is_promise_over(known, allocation_ttl, clock);
}

pool_decision<done> decide_silence(const pool_view& pool, const observe_silence& seen) {
  auto* room = pool.rooms.find(seen.id);
  if (room == nullptr || !is_asked(*room, pool.version_of(*room)))
    return {};
  auto event = silenced(pool, *room, seen.reason);
  if (!transition_allowed(room->status, event.status))
    return {.effects = {refused_observation(*room, event.status)}};
  auto next = *room;
  become(next, event);
  if (next == *room)
    return {};
  if (!room->silence.empty())
    return {.events = {event}};
  return {.events = {event},
          .effects = {note{pool_note::room_silent, room->id, to_string(event.status), seen.reason},
                      count_metric{pool_metric::room_silent}}};
}

pool_decision<done> decide_host_loss(const pool_view& pool, const room_id& id, const host_lost& lost) {
  auto* room = pool.rooms.find(id);
  bool is_there = room != nullptr && room->placed_on == lost.node_id && !room->instance_exited &&
                  room->removal == removal_cause::none;
  if (!is_there || !room->silence.empty())
    return {};
  auto event = silenced(pool, *room, lost.reason);
  if (!transition_allowed(room->status, event.status))
    return {.effects = {refused_observation(*room, event.status)}};
  return {.events = {event},
          .effects = {note{pool_note::room_out_of_sight, room->id, to_string(event.status), lost.reason}}};
}

pool_decision<done> decide_arrival(const pool_view& pool, const instance_event& event) {
  auto& seen = event.what;
  if (event.type == instance_event_type::deleted)
    return {.effects = {end_room{seen.id, removal_cause::none, seen.description}}};
  if (pool.rooms.find(seen.id) != nullptr || pool.creating.contains(seen.id))
    return {.effects = {look_at_instance{seen}}};
  return {.effects = end_of_orphan(seen.id)};
}

pool_decision<done> decide_instance(const pool_view& pool, const instance& seen) {
  auto* room = pool.rooms.find(seen.id);
  if (room == nullptr)
    return {};
  pool_decision<done> decided;
  room_instance_changed event{seen.id,     seen.status,  seen.description, seen.host,
                              seen.exited, room->status, pool.clock.now};
  auto next = *room;
  become(next, event);
  auto status = next_status(next, pool.policy_for(*room), pool.clock);
  if (transition_allowed(room->status, status))
    event.status = status;
  else
    decided.at_once.emplace_back(refused_observation(*room, status));
  become(next, event);
  if (next == *room)
    return decided;
  decided.events.emplace_back(event);
  // What its former process said is not true of this one, which has not answered yet.
  bool is_new_process = room->instance != instance_status::ready && room->ping != ping_status::unknown;
  if (is_new_process && is_asked(next, pool.version_of(next)) && next.silence.empty())
    decided.events.emplace_back(silenced(pool, next, "it has restarted and has not answered yet"));
  if (seen.status == instance_status::terminating)
    report_end(pool, next, next.removal, decided.events);
  bool is_over = seen.exited && !room->instance_exited;
  if (is_over)
    decided.effects.emplace_back(release_ports{room->placed_on, room->ports});
  if (is_over && room->removal == removal_cause::none)
    decided.effects.emplace_back(report_loss{loss_of(*room, next.status_reason)});
  return decided;
}

} // namespace maestro::rules
