#include "actors/room_pool.hpp"

#include "actors/room_creation.hpp"
#include "actors/room_observation.hpp"
#include "actors/room_pool_core.hpp"
#include "actors/room_removal.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <memory>

namespace maestro {

namespace {

constexpr std::size_t waiting_allocations_max = 10000;

struct room_pool_state {
  static inline const char* name = "room_pool";
  room_pool_state() {}

  std::unique_ptr<room_pool_core> core;
  instance_review review;
  bool is_reviewed = false; ///< the runtime's list was seen once
  std::vector<caf::typed_response_promise<allocated_room>> waiting_allocations;
};
using self_ptr = room_pool_actor::stateful_pointer<room_pool_state>;

void allocate(room_pool_core& pool, caf::typed_response_promise<allocated_room> answer) {
  if (pool.ready.empty()) {
    answer.deliver(
        to_caf({ec::unknown, fmt::format("no ready rooms available for scheduler {}", pool.name.str())}));
    return;
  }
  auto id = *pool.ready.begin();
  pool.commit(
      id, room_allocated{id, pool.now()},
      [&pool, id, answer]() mutable {
        auto* room = pool.find(id);
        answer.deliver(allocated_room{id, room->host, room->ports});
      },
      [answer](const failure& why) mutable { answer.deliver(to_caf(why)); });
}

void review(self_ptr self, const instance_list& list) {
  auto& state = self->state;
  if (!state.core->recipe)
    return; // the watcher sends the next list soon
  state.review.review(*state.core, list.items, !state.is_reviewed);
  state.is_reviewed = true;
  for (auto& answer : std::exchange(state.waiting_allocations, {}))
    allocate(*state.core, std::move(answer));
}

void recover(self_ptr self, const loaded_stream& loaded) {
  auto& core = *self->state.core;
  if (core.log.recover(loaded))
    return core.restore();
  log_error("room_pool", "the journal of the rooms cannot be read", {core.name});
  self->quit(to_caf({ec::internal, fmt::format("the journal of stream {} cannot be read", core.log.stream())}));
}

room_pool_actor::behavior_type room_pool(self_ptr self, const actor_context_ptr& context,
                                         const scheduler_name& scheduler) {
  self->state.core = std::make_unique<room_pool_core>(self, context, scheduler);
  auto& pool = *self->state.core;
  self->request(context->journal, caf::infinite, load_stream{pool.log.stream()})
      .await([self](const loaded_stream& loaded) { recover(self, loaded); },
             [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const allocate_room&) -> caf::result<allocated_room> {
        auto& state = self->state;
        auto answer = self->make_response_promise<allocated_room>();
        if (state.is_reviewed)
          allocate(*state.core, answer);
        else if (state.waiting_allocations.size() < waiting_allocations_max)
          state.waiting_allocations.push_back(answer);
        else
          return to_caf({ec::resource_exhausted, "too many allocations wait for the runtime"});
        return answer;
      },
      [self, &pool](const observe_ping& ping) -> caf::result<ping_result> {
        auto answer = self->make_response_promise<ping_result>();
        observe_ping_of(pool, ping, answer);
        return answer;
      },
      [&pool](const find_room& wanted) -> caf::result<room_handle> {
        auto found = pool.mirrors.find(wanted.room);
        if (found == pool.mirrors.end())
          return to_caf(pool.not_found(wanted.room));
        return room_handle{found->second};
      },
      [self, &pool](const list_rooms&) -> caf::result<room_list> {
        auto answer = self->make_response_promise<room_list>();
        pool.view_rooms(false, [answer](std::vector<room_view> rooms) mutable {
          std::sort(rooms.begin(), rooms.end(), [](auto& a, auto& b) { return a.room.id < b.room.id; });
          answer.deliver(room_list{std::move(rooms)});
        });
        return answer;
      },
      [self, &pool](const get_room& wanted) -> caf::result<room_view> {
        if (!pool.mirrors.contains(wanted.room))
          return to_caf(pool.not_found(wanted.room));
        auto answer = self->make_response_promise<room_view>();
        auto missing = pool.not_found(wanted.room);
        pool.view_room(wanted.room, [answer, missing](room_view view) mutable {
          if (view.room.id.empty())
            answer.deliver(to_caf(missing));
          else
            answer.deliver(std::move(view));
        });
        return answer;
      },
      [&pool](count_rooms) { return pool.log.state().counts(); },
      [self, &pool](get_pool_health) -> caf::result<room_list> {
        auto answer = self->make_response_promise<room_list>();
        pool.view_rooms(
            true, [answer](std::vector<room_view> rooms) mutable { answer.deliver(room_list{std::move(rooms)}); });
        return answer;
      },
      [self, &pool](const create_rooms& command) -> caf::result<rooms_created> {
        auto answer = self->make_response_promise<rooms_created>();
        create_rooms_of(pool, command, answer);
        return answer;
      },
      [self, &pool](const remove_rooms& command) -> caf::result<rooms_removed> {
        auto answer = self->make_response_promise<rooms_removed>();
        remove_rooms_of(pool, command, answer);
        return answer;
      },
      [&pool](const update_recipe& update) { pool.recipe = update.entity; },
      [&pool](const report_losses& wish) { pool.losses_to = wish.to; },
      [&pool](const instance_event& event) { observe_instance(pool, event); },
      [self](const instance_list& list) { review(self, list); },
      [&pool](const timer_fired& timer) { pool.timer_over(timer.epoch); },
  };
}

} // namespace

room_pool_actor spawn_room_pool(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& scheduler) {
  return system.spawn(room_pool, context, scheduler);
}

} // namespace maestro
