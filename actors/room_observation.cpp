#include "actors/room_observation.hpp"

#include "actors/metrics.hpp"
#include "actors/room_creation.hpp"
#include "actors/room_removal.hpp"
#include "actors/rules/reconciliation.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

constexpr std::size_t waiting_pings_max = 64;

void note_odd_edge(const room_pool_core& pool, const room_record& room, room_status refused) {
  log_warn("room_pool", "observation does not fit the room's status",
           {pool.name, room.id, {"status", to_string(room.status)}, {"refused_status", to_string(refused)}});
}

void decide_ping(room_pool_core& pool, const observe_ping& ping, caf::typed_response_promise<ping_result> answer) {
  auto* room = pool.find(ping.id);
  if (room == nullptr) {
    answer.deliver(ping_result{false});
    return;
  }
  auto next = *room;
  next.ping = ping.status;
  next.running_matches = ping.running_matches;
  next.status = rules::next_status(next, pool.policy(), pool.now());
  if (!rules::transition_allowed(room->status, next.status)) {
    note_odd_edge(pool, *room, next.status);
    pool.context->meter->ping_update_failed(pool.name);
    answer.deliver(ping_result{false});
    return;
  }
  if (next == *room) {
    answer.deliver(ping_result{true});
    return;
  }
  pool.commit(
      ping.id, room_pinged{ping.id, ping.status, ping.running_matches, next.status, pool.now()},
      [answer]() mutable { answer.deliver(ping_result{true}); },
      [answer](const failure&) mutable { answer.deliver(ping_result{false}); });
}

void end_orphan(room_pool_core& pool, const instance& orphan) {
  log_warn("room_pool", "ending an instance that belongs to no room", {pool.name, orphan.id});
  pool.self
      ->request(pool.context->host, caf::infinite, delete_instance{orphan.id, pool.name, "orphan", duration{}})
      .then([](done) {}, [](const caf::error&) {}); // the next review asks again
}

void after_instance_change(room_pool_core& pool, const room_record& before, const instance& seen) {
  bool is_over = seen.exited && !before.instance_exited;
  if (!is_over)
    return;
  pool.leases.release(before.ports);
  if (before.removal == removal_cause::none)
    pool.report_loss(before);
}

void decide_instance(room_pool_core& pool, const instance& seen) {
  auto* room = pool.find(seen.id);
  if (room == nullptr)
    return;
  auto next = *room;
  next.instance = seen.status;
  next.status_reason = seen.description;
  next.host = seen.host;
  next.instance_exited = seen.exited;
  auto status = rules::next_status(next, pool.policy(), pool.now());
  if (rules::transition_allowed(room->status, status))
    next.status = status;
  else
    note_odd_edge(pool, *room, status);
  if (next == *room)
    return;
  pool.commit(seen.id,
              room_instance_changed{seen.id, seen.status, seen.description, seen.host, seen.exited, next.status,
                                    pool.now()},
              [&pool, before = *room, seen] { after_instance_change(pool, before, seen); }, {});
}

void decide_instance_end(room_pool_core& pool, const instance& seen) {
  auto* room = pool.find(seen.id);
  if (room == nullptr)
    return;
  auto cause = room->removal != removal_cause::none ? room->removal : removal_cause::instance_gone;
  log_info("room_pool", "room ended",
           {pool.name, seen.id, {"cause", to_string(cause)}, {"reason", seen.description}});
  pool.remove_record(seen.id, cause, seen.description);
}

} // namespace

void observe_ping_of(room_pool_core& pool, const observe_ping& ping,
                     caf::typed_response_promise<ping_result> answer) {
  if (pool.gate.waiting(ping.id) >= waiting_pings_max) {
    answer.deliver(ping_result{false});
    return;
  }
  pool.gate.enter(ping.id, [&pool, ping, answer] { decide_ping(pool, ping, answer); });
}

void observe_instance(room_pool_core& pool, const instance_event& event) {
  auto& seen = event.what;
  bool is_known = pool.find(seen.id) != nullptr || pool.creating.contains(seen.id);
  if (event.type == instance_event_type::deleted)
    return pool.gate.enter(seen.id, [&pool, seen] { decide_instance_end(pool, seen); });
  if (!is_known)
    return end_orphan(pool, seen);
  pool.gate.enter(seen.id, [&pool, seen] { decide_instance(pool, seen); });
}

void instance_review::review(room_pool_core& pool, const std::vector<instance>& instances, bool is_first) {
  auto plan = rules::reconcile(pool.log.state().rooms(), instances, pool.creating);
  std::unordered_set<room_id> differing;
  auto is_confirmed = [&](const room_id& id) {
    differing.insert(id);
    return is_first || suspects_.contains(id);
  };
  for (auto& orphan : plan.orphans)
    if (is_confirmed(orphan.id))
      end_orphan(pool, orphan);
  for (auto& id : plan.to_create)
    if (is_confirmed(id))
      resume_creation(pool, id);
  for (auto& id : plan.to_delete)
    if (is_confirmed(id))
      end_instance(pool, id, [](const std::string&) {});
  for (auto& seen : plan.drifted)
    if (is_confirmed(seen.id))
      pool.gate.enter(seen.id, [&pool, seen] { decide_instance(pool, seen); });
  for (auto& id : plan.gone)
    if (is_confirmed(id))
      pool.gate.enter(id, [&pool, id] {
        instance lost;
        lost.id = id;
        lost.description = "the runtime no longer knows it";
        decide_instance_end(pool, lost);
      });
  suspects_ = std::move(differing);
}

} // namespace maestro
