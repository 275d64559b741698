#include "actors/room_pool/room_pool.hpp"

#include "actors/room_pool/pool_writer.hpp"
#include "actors/rules/instance_review.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/rules/room_removal.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <memory>

namespace maestro {

namespace {

constexpr std::size_t waiting_allocations_max = 10000;
constexpr std::size_t waiting_pings_max = 64;

using views_callback = std::function<void(std::vector<room_view>)>;
template <class Answer>
using promise = caf::typed_response_promise<Answer>;

struct room_pool_state {
  static inline const char* name = "room_pool";
  room_pool_state() {}

  std::unique_ptr<pool_writer> writer;
  rules::instance_review review;
  std::vector<promise<allocated_room>> waiting_allocations;
};
using self_ptr = room_pool_actor::stateful_pointer<room_pool_state>;

failure not_found(const pool_writer& pool, const room_id& id) {
  return {ec::not_found, fmt::format("room {} not found in scheduler {}", id.str(), pool.name().str()),
          failure_subject::room};
}

// -- commands ------------------------------------------------------------------------------------------------------

void allocate(pool_writer& pool, promise<allocated_room> answer) {
  pool.carry_out(rules::decide_allocation(pool.view(), pool.free()),
                 [answer](const result<allocated_room>& room) mutable {
                   if (room)
                     answer.deliver(*room);
                   else
                     answer.deliver(to_caf(room.error()));
                 });
}

void observe(pool_writer& pool, const observe_ping& ping, promise<ping_result> answer) {
  if (pool.waiting(ping.id) >= waiting_pings_max) {
    answer.deliver(ping_result{false});
    return;
  }
  pool.submit(
      ping.id, [ping](const rules::pool_view& view) { return rules::decide_ping(view, ping); },
      [answer](const result<ping_result>& told) mutable { answer.deliver(told ? *told : ping_result{false}); });
}

void create(pool_writer& pool, const create_rooms& command, promise<rooms_created> answer) {
  auto& creations = pool.hands().creations();
  auto batch = creations.next();
  auto decided = rules::decide_creation(pool.view(), command, batch, pool.random());
  if (decided.reply)
    creations.begin(batch, std::move(answer), *decided.reply);
  else
    answer.deliver(to_caf(decided.reply.error()));
  pool.carry_out(std::move(decided), [&creations, batch](const result<rules::rooms_intended>& intended) {
    if (!intended)
      creations.refuse(batch, intended.error());
  });
}

void remove_each(pool_writer& pool, const remove_rooms& command, rules::batch_number batch,
                 const std::vector<room_id>& ids, bool spare_players) {
  auto& removals = pool.hands().removals();
  removals.expect(batch, ids.size());
  for (auto& id : ids) {
    rules::remove_room one{id, command.cause, command.operation, batch, spare_players};
    pool.submit(
        id, [one](const rules::pool_view& view) { return rules::decide_removal(view, one); },
        [&removals, batch, id](const result<rules::removal_verdict>& verdict) {
          if (!verdict)
            removals.conclude(batch, id, verdict.error().text);
          else if (*verdict != rules::removal_verdict::asked)
            removals.skip(batch);
        });
  }
}

// Every room with its last ping. `with_grace`: a room that was silent so far counts as having pinged at its creation
// or at this node's start, whichever is later; otherwise silence shows as `never`.
void view_rooms(pool_writer& pool, bool with_grace, const views_callback& then) {
  auto views = std::make_shared<std::vector<room_view>>();
  pool.hands().games().ask_last_pings(
      [&pool, views, with_grace](const last_ping& ping) {
        if (auto* room = pool.table().find(ping.id))
          views->push_back(
              {*room, with_grace ? std::max({ping.at, room->created_at, pool.recovered_at()}) : ping.at});
      },
      [views, then] { then(std::move(*views)); });
}

void remove(pool_writer& pool, const remove_rooms& command, promise<rooms_removed> answer) {
  auto& removals = pool.hands().removals();
  auto batch = removals.begin(std::move(answer));
  remove_each(pool, command, batch, rules::named_rooms(pool.view(), command), false);
  if (command.amount <= 0)
    return removals.release(batch);
  view_rooms(pool, true, [&pool, &removals, command, batch](const std::vector<room_view>& rooms) {
    remove_each(pool, command, batch, rules::chosen_rooms(pool.view(), command, rooms), true);
    removals.release(batch);
  });
}

void review(self_ptr self, const instance_list& list) {
  auto& state = self->state;
  auto& pool = *state.writer;
  if (pool.view().scheduler == nullptr)
    return; // the watcher sends the next list soon
  pool.act(state.review.decide(pool.view(), list.items));
  for (auto& answer : std::exchange(state.waiting_allocations, {}))
    allocate(pool, std::move(answer));
}

// -- queries -------------------------------------------------------------------------------------------------------

void list(pool_writer& pool, promise<room_list> answer) {
  view_rooms(pool, false, [answer](std::vector<room_view> rooms) mutable {
    std::sort(rooms.begin(), rooms.end(), [](auto& a, auto& b) { return a.room.id < b.room.id; });
    answer.deliver(room_list{std::move(rooms)});
  });
}

caf::result<room_view> view_one(self_ptr self, const room_id& id) {
  auto& pool = *self->state.writer;
  auto* game = pool.hands().games().find(id);
  if (game == nullptr)
    return to_caf(not_found(pool, id));
  auto answer = self->make_response_promise<room_view>();
  self->request(*game, caf::infinite, get_last_ping{})
      .then(
          [&pool, answer, id](const last_ping& ping) mutable {
            if (auto* room = pool.table().find(id))
              answer.deliver(room_view{*room, ping.at});
            else
              answer.deliver(to_caf(not_found(pool, id)));
          },
          [&pool, answer, id](const caf::error&) mutable { answer.deliver(to_caf(not_found(pool, id))); });
  return answer;
}

// -- the mailbox ---------------------------------------------------------------------------------------------------

void recover(self_ptr self, const loaded_stream& loaded) {
  auto& pool = *self->state.writer;
  if (pool.recover(loaded))
    return;
  log_error("room_pool", "the journal of the rooms cannot be read", {pool.name()});
  self->quit(to_caf({ec::internal, fmt::format("the journal of stream {} cannot be read", pool.stream())}));
}

room_pool_actor::behavior_type room_pool(self_ptr self, const actor_context_ptr& context,
                                         const scheduler_name& scheduler, const room_tally_ptr& tally) {
  self->state.writer = std::make_unique<pool_writer>(self, context, scheduler, tally);
  auto& pool = *self->state.writer;
  self->request(context->journal, caf::infinite, load_stream{pool.stream()})
      .await([self](const loaded_stream& loaded) { recover(self, loaded); },
             [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const allocate_room&) -> caf::result<allocated_room> {
        auto& state = self->state;
        auto answer = self->make_response_promise<allocated_room>();
        if (state.review.has_begun())
          allocate(*state.writer, answer);
        else if (state.waiting_allocations.size() < waiting_allocations_max)
          state.waiting_allocations.push_back(answer);
        else
          return to_caf({ec::resource_exhausted, "too many allocations wait for the runtime"});
        return answer;
      },
      [self, &pool](const observe_ping& ping) -> caf::result<ping_result> {
        auto answer = self->make_response_promise<ping_result>();
        observe(pool, ping, answer);
        return answer;
      },
      [&pool](const find_room& wanted) -> caf::result<room_handle> {
        auto* game = pool.hands().games().find(wanted.room);
        if (game == nullptr)
          return to_caf(not_found(pool, wanted.room));
        return room_handle{*game};
      },
      [self, &pool](const list_rooms&) -> caf::result<room_list> {
        auto answer = self->make_response_promise<room_list>();
        list(pool, answer);
        return answer;
      },
      [self](const get_room& wanted) { return view_one(self, wanted.room); },
      [&pool](count_rooms) { return pool.table().counts(); },
      [self, &pool](get_pool_health) -> caf::result<room_list> {
        auto answer = self->make_response_promise<room_list>();
        view_rooms(pool, true, [answer](std::vector<room_view> rooms) mutable {
          answer.deliver(room_list{std::move(rooms)});
        });
        return answer;
      },
      [self, &pool](const create_rooms& command) -> caf::result<rooms_created> {
        auto answer = self->make_response_promise<rooms_created>();
        create(pool, command, answer);
        return answer;
      },
      [self, &pool](const remove_rooms& command) -> caf::result<rooms_removed> {
        auto answer = self->make_response_promise<rooms_removed>();
        remove(pool, command, answer);
        return answer;
      },
      [&pool](const update_recipe& update) { pool.follow(update.entity); },
      [&pool](const report_losses& wish) { pool.hands().report_losses_to(wish.to); },
      [&pool](const instance_event& event) { pool.carry_out(rules::decide_arrival(pool.view(), event)); },
      [self](const instance_list& list) { review(self, list); },
      [&pool](const timer_fired& timer) { pool.hands().creations().time_over(timer.number); },
  };
}

} // namespace

room_pool_actor spawn_room_pool(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& scheduler, room_tally_ptr tally) {
  return system.spawn(room_pool, context, scheduler, std::move(tally));
}

} // namespace maestro
