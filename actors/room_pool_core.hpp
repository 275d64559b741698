// What the parts of a room pool share: durable state, locks, ports, the index of ready rooms and the rooms'
// actors. Used by actors/room_pool and its three duties room_creation, room_removal and room_observation; nobody
// else.
#pragma once

#include "actors/context.hpp"
#include "actors/event_log.hpp"
#include "actors/room_gate.hpp"
#include "actors/room_pool_state.hpp"
#include "actors/rules/port_leases.hpp"
#include "actors/rules/room_lifecycle.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace maestro {

struct room_pool_core {
  using pointer = room_pool_actor::pointer;
  using views_callback = std::function<void(std::vector<room_view>)>;

  room_pool_core(pointer self_ptr, actor_context_ptr ctx, scheduler_name scheduler_named);
  room_pool_core(const room_pool_core&) = delete;
  room_pool_core& operator=(const room_pool_core&) = delete;
  ~room_pool_core();

  pointer self;
  actor_context_ptr context;
  scheduler_name name;
  event_log<room_pool_actor::base, room_pool_rooms> log;
  std::mt19937_64 random;

  room_gate gate;
  rules::port_leases leases;
  std::set<room_id> ready; ///< free to allocate: ready, unlocked, staying, not for validation
  std::unordered_map<room_id, game_room_actor> mirrors;
  std::unordered_set<room_id> creating; ///< from the decision until the runtime answered
  std::optional<scheduler> recipe;
  health_controller_actor losses_to;
  timestamp recovered_at = never;

  timestamp now() const { return context->now(); }
  const room_record* find(const room_id& id) const { return log.state().find(id); }
  rules::lifecycle_policy policy() const;
  failure not_found(const room_id& id) const;

  /// Rebuilds everything that is not durable after the log was recovered.
  void restore();

  /// One room's step: locks it, journals, applies, tells its mirror, then runs `then`, then lets the next step in.
  void commit(const room_id& id, pool_event event, std::function<void()> then,
              std::function<void(failure)> refused);

  /// Ends a room durably; its ports are free and its mirror is gone when `then` runs.
  void remove_record(const room_id& id, removal_cause cause, std::string detail, std::function<void()> then = {});

  void spawn_mirror(const room_record& room);

  /// Every room with its last ping. `with_grace`: a room that was silent so far counts as having pinged at its
  /// creation or at this node's start, whichever is later; otherwise silence shows as `never`.
  void view_rooms(bool with_grace, views_callback then);
  void view_room(const room_id& id, std::function<void(room_view)> then);

  void report_loss(const room_record& room);

  /// Calls `act` once, when `wait` is over.
  void call_later(duration wait, std::function<void()> act);
  void timer_over(std::uint64_t epoch);

private:
  void reindex(const room_id& id);

  std::uint64_t timers_started_ = 0;
  std::unordered_map<std::uint64_t, std::function<void()>> timers_;
};

} // namespace maestro
