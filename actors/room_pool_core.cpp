#include "actors/room_pool_core.hpp"

#include "actors/game_room.hpp"
#include "actors/random.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace maestro {

room_pool_core::room_pool_core(pointer self_ptr, actor_context_ptr ctx, scheduler_name scheduler_named)
    : self(self_ptr), context(std::move(ctx)), name(std::move(scheduler_named)),
      log(self, context->journal, "rooms/" + name.str(), context->now, context->limits),
      random(random_for(context->seed, "rooms/" + name.str(), context->now())) {}

room_pool_core::~room_pool_core() {
  for (auto& [id, mirror] : mirrors)
    caf::anon_send_exit(mirror, caf::exit_reason::user_shutdown);
}

rules::lifecycle_policy room_pool_core::policy() const {
  return {recipe ? recipe->max_matches : 1, context->limits.room_allocation_ttl};
}

failure room_pool_core::not_found(const room_id& id) const {
  return {ec::not_found, fmt::format("room {} not found in scheduler {}", id.str(), name.str())};
}

void room_pool_core::restore() {
  recovered_at = now();
  for (auto& [id, room] : log.state().rooms()) {
    spawn_mirror(room);
    if (!room.instance_exited)
      leases.take(room.ports);
    reindex(id);
  }
}

void room_pool_core::spawn_mirror(const room_record& room) {
  mirrors[room.id] = spawn_game_room(self->system(), context, caf::actor_cast<room_pool_actor>(self), room);
}

void room_pool_core::commit(const room_id& id, pool_event event, std::function<void()> then,
                            std::function<void(failure)> refused) {
  gate.lock(id);
  ready.erase(id);
  std::vector<pool_event> events;
  events.push_back(std::move(event));
  log.append(
      std::move(events),
      [this, id, then = std::move(then)] {
        if (auto* room = find(id))
          self->send(mirrors.at(id), room_changed{*room});
        if (then)
          then();
        gate.leave(id);
        reindex(id);
      },
      [this, id, refused = std::move(refused)](const failure& why) {
        if (refused)
          refused(why);
        gate.leave(id);
        reindex(id);
      });
}

void room_pool_core::reindex(const room_id& id) {
  auto* room = find(id);
  bool is_free = room != nullptr && room->status == room_status::ready && room->removal == removal_cause::none &&
                 !room->validation && !gate.is_locked(id);
  if (is_free)
    ready.insert(id);
  else
    ready.erase(id);
}

void room_pool_core::remove_record(const room_id& id, removal_cause cause, std::string detail,
                                   std::function<void()> then) {
  auto* room = find(id);
  if (room == nullptr)
    return;
  auto leaving = *room;
  commit(id, room_removed{id, cause, std::move(detail), now()},
         [this, leaving, then = std::move(then)] {
           if (!leaving.instance_exited)
             leases.release(leaving.ports);
           if (auto mirror = mirrors.extract(leaving.id); !mirror.empty())
             self->send_exit(mirror.mapped(), caf::exit_reason::user_shutdown);
           if (leaving.removal == removal_cause::none && !leaving.instance_exited)
             report_loss(leaving);
           if (then)
             then();
         },
         {});
}

void room_pool_core::report_loss(const room_record& room) {
  if (losses_to)
    self->send(losses_to, room_lost{room.id, room.created_at, room.instance == instance_status::ready});
}

void room_pool_core::call_later(duration wait, std::function<void()> act) {
  timers_.emplace(++timers_started_, std::move(act));
  self->delayed_send(self, wait, timer_fired{0, timers_started_});
}

void room_pool_core::timer_over(std::uint64_t epoch) {
  if (auto timer = timers_.extract(epoch); !timer.empty())
    timer.mapped()();
}

namespace {

struct gathering {
  std::vector<room_view> views;
  std::size_t outstanding = 0;
  room_pool_core::views_callback then;
};

void settle(const std::shared_ptr<gathering>& all) {
  if (--all->outstanding == 0)
    all->then(std::move(all->views));
}

} // namespace

void room_pool_core::view_rooms(bool with_grace, views_callback then) {
  auto all = std::make_shared<gathering>();
  all->then = std::move(then);
  all->outstanding = mirrors.size() + 1;
  for (auto& [id, mirror] : mirrors) {
    self->request(mirror, caf::infinite, get_last_ping{})
        .then(
            [this, all, with_grace](const last_ping& ping) {
              if (auto* room = find(ping.id))
                all->views.push_back(
                    {*room, with_grace ? std::max({ping.at, room->created_at, recovered_at}) : ping.at});
              settle(all);
            },
            [all](const caf::error&) { settle(all); });
  }
  settle(all);
}

void room_pool_core::view_room(const room_id& id, std::function<void(room_view)> then) {
  self->request(mirrors.at(id), caf::infinite, get_last_ping{})
      .then(
          [this, id, then](const last_ping& ping) {
            auto* room = find(id);
            then(room != nullptr ? room_view{*room, ping.at} : room_view{});
          },
          [then](const caf::error&) { then({}); });
}

} // namespace maestro
