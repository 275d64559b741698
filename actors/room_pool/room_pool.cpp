#include "actors/room_pool/room_pool.hpp"

#include "actors/let_others.hpp"
#include "actors/owed_answer.hpp"
#include "actors/put_question.hpp"
#include "actors/room_pool/drain_end.hpp"
#include "actors/room_pool/explaining.hpp"
#include "actors/room_pool/health_count.hpp"
#include "actors/room_pool/pool_allocations.hpp"
#include "actors/room_pool/pool_writer.hpp"
#include "actors/room_pool/removal_work.hpp"
#include "actors/room_pool/room_listing.hpp"
#include "actors/room_pool/stranger_care.hpp"
#include "actors/rules/event_report.hpp"
#include "actors/rules/instance_review.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/shared_behavior.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>

namespace maestro {

namespace {

constexpr std::size_t waiting_pings_max = 64;

template <class Answer>
using promise = caf::typed_response_promise<Answer>;

struct room_pool_state {
  static inline const char* name = "room_pool";
  room_pool_state() {}

  std::optional<pool_writer> writer; ///< as in scheduler
  rules::instance_review review;
  std::unique_ptr<promise<done>> begins_review;  ///< asked before the scheduler had told itself
  std::unique_ptr<promise<done>> page_looked_at; ///< of the page that is being reviewed
  pool_allocations allocations;
};
using self_ptr = room_pool_actor::stateful_pointer<room_pool_state>;

failure not_found(const pool_writer& pool, const room_id& id) {
  return {ec::not_found, fmt::format("room {} not found in scheduler {}", id.str(), pool.name().str()),
          failure_subject::room};
}

// Of one that ends here, with what is said to who waits then. A ping is repeated where the scheduler is now; whether a command
// that was on its way to the journal is durable nobody knows: one with a key is asked again there, and answered as here.
failure let_go(const pool_writer& pool) {
  return {ec::deposed, fmt::format("scheduler {} is not served here any more", pool.name().str()),
          failure_subject::actor};
}
owed_answer<ping_result> owed(const pool_writer& pool, promise<ping_result> answer) {
  return {std::move(answer), let_go(pool)};
}
template <class Answer>
owed_answer<Answer> owed(const pool_writer& pool, promise<Answer> answer) {
  return {std::move(answer),
          {ec::deadline_exceeded,
           fmt::format("scheduler {} was let go before it was known what became of this", pool.name().str())}};
}

owed_answer<allocated_room> owed(const pool_writer& pool, promise<allocated_room> answer, const request_key& key) {
  if (key.empty())
    return owed(pool, std::move(answer));
  return {std::move(answer), let_go(pool)};
}

// -- commands -------------------------------------------------------------------------------------------------

void observe(pool_writer& pool, const observe_ping& ping, owed_answer<ping_result> answer) {
  if (pool.waiting(ping.id) >= waiting_pings_max) {
    pool.hands().games().conclude_ping(ping.id);
    answer.deliver(ping_result{false});
    return;
  }
  pool.submit(
      ping.id, [ping](const rules::pool_view& view) { return rules::decide_ping(view, ping); },
      [answer, &pool, ping](const result<ping_result>& told) mutable {
        auto& games = pool.hands().games();
        games.conclude_ping(ping.id); // before the answer: the next ping is compared with what is true by now
        bool is_success = told && told->success;
        if (is_success)
          pool.hand_on(std::move(ping));
        answer.deliver(ping_result{is_success, games.has_listener()});
      });
}

void report(pool_writer& pool, const report_room_event& command, owed_answer<done> answer) {
  if (pool.waiting(command.room) >= waiting_pings_max)
    return (void)answer.deliver(
        to_caf({ec::resource_exhausted, fmt::format("too many events of room {} wait", command.room.str())}));
  auto deliver = [answer](const result<done>& told) mutable {
    if (told)
      answer.deliver(done{});
    else
      answer.deliver(to_caf(told.error()));
  };
  auto in_its_turn = [command](const rules::pool_view& view) { return rules::decide_report(view, command); };
  pool.listeners().when_ready(
      [&pool, id = command.room, in_its_turn, deliver] { pool.submit(id, in_its_turn, deliver); },
      [deliver](const failure& why) mutable { deliver(why); });
}

void create(pool_writer& pool, const create_rooms& command, promise<rooms_created> answer) {
  auto& creations = pool.traffic().creations;
  auto batch = creations.next();
  if (command.is_validation)
    pool.try_out(command.candidate);
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

void remove(pool_writer& pool, const remove_rooms& command, promise<rooms_removed> answer) {
  auto batch = pool.traffic().removals.begin(std::move(answer));
  auto work = std::make_shared<removal_work>(pool, command, batch);
  pool.work().start_asking([work] { return work->slice(); });
}

// Rooms that drain for a scale-down, or for a replacement that is off.
void spare(pool_writer& pool, const stop_draining& wish, promise<done> answer) {
  auto work = std::make_shared<drain_end>(pool, wish.amount, std::move(answer));
  pool.work().start_asking([work] { return work->slice(); });
}

// -- the runtime's list ---------------------------------------------------------------------------------------

// The versions of the scheduler must be known, else rooms would be judged by the wrong one.
void begin_review_now(self_ptr self, promise<done> answer) {
  auto& state = self->state;
  auto view = state.writer->view();
  state.review.begin(view.clock.now, rules::out_of_sight(view.hosts));
  answer.deliver(done{});
}

bool review_slice(self_ptr self) {
  auto& state = self->state;
  state.writer->act(state.review.next(state.writer->view(), long_work::rooms_per_slice));
  if (state.review.has_seen_a_list())
    state.allocations.begin_waiting(*state.writer);
  if (!state.review.is_through_page())
    return true;
  if (state.review.take_look())
    state.writer->hands().ask_for_look();
  if (auto answer = std::exchange(state.page_looked_at, nullptr))
    answer->deliver(done{});
  return false;
}

void review(self_ptr self, instance_list page, promise<done> answer) {
  auto& state = self->state;
  if (!state.review.take(std::move(page))) {
    log_warn("room_pool", "the runtime's list is not in order, and is not looked at", {state.writer->name()});
    answer.deliver(to_caf({ec::invalid_argument, "the list of instances is not in order"}));
    return;
  }
  state.page_looked_at = std::make_unique<promise<done>>(std::move(answer));
  state.writer->work().start_asking([self] { return review_slice(self); });
}

void silence_rooms(pool_writer& pool, const host_lost& lost) {
  pool.work().start_asking([&pool, lost, last = room_id{}, has_any = false]() mutable {
    auto& rooms = pool.table().rooms();
    auto room = rooms.upper_bound(last);
    for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != rooms.end(); ++seen, ++room) {
      last = room->id;
      if (room->placed_on != lost.node_id)
        continue;
      has_any = true;
      pool.act({rules::lose_sight{room->id, lost}});
    }
    bool is_done = room == rooms.end();
    if (is_done && has_any) // and again when they are to be replaced
      pool.hands().ask_for_look();
    return !is_done;
  });
}

void learn(self_ptr self, const update_recipe& told) {
  self->state.writer->learn(told);
  if (auto asked = std::exchange(self->state.begins_review, nullptr))
    begin_review_now(self, std::move(*asked));
}

// -- queries --------------------------------------------------------------------------------------------------

void list(pool_writer& pool, const list_rooms& wish, promise<room_list> answer) {
  auto work = std::make_shared<room_listing>(pool, wish, std::move(answer));
  pool.work().start([work] { return work->slice(); });
}

void judge_all(pool_writer& pool, promise<pool_health> answer) {
  auto work = std::make_shared<health_count>(pool, std::move(answer));
  pool.work().start([work] { return work->slice(); });
}

void explain_with(pool_writer& pool, const explain_rooms& asked, const look_memory& memory,
                  promise<rooms_explanation> answer) {
  if (pool.view().versions.active() == nullptr)
    return (void)answer.deliver(to_caf({ec::unavailable, "the scheduler is being recovered"}));
  auto work = std::make_shared<explaining>(pool, asked, memory, std::move(answer));
  pool.work().start([work] { return work->slice(); });
}

// What a look would do depends on what the health controller remembers of earlier ones. A scheduler at rest has none: whichever
// comes next begins without a memory too.
void explain(self_ptr self, const explain_rooms& asked, promise<rooms_explanation> answer) {
  auto& pool = *self->state.writer;
  auto& controller = pool.hands().health_controller();
  if (!controller)
    return explain_with(pool, asked, look_memory{}, std::move(answer));
  put_question(self, controller, pool.view().settings.journal_timeout, get_look_memory{})
      .then([self, asked,
             answer](const look_memory& memory) { explain_with(*self->state.writer, asked, memory, answer); },
            [answer](const caf::error& why) mutable { answer.deliver(why); });
}

caf::result<room_view> view_one(const pool_writer& pool, const room_id& id) {
  auto* room = pool.table().find(id);
  if (room == nullptr)
    return to_caf(not_found(pool, id));
  return room_view{*room, pool.last_ping_at(id)};
}

caf::result<room_handle> find(pool_writer& pool, const room_id& id) {
  auto* room = pool.table().find(id);
  if (room == nullptr)
    return to_caf(not_found(pool, id));
  auto& games = pool.hands().games();
  return room_handle{games.of(*room), games.has_listener()};
}

// -- the mailbox ----------------------------------------------------------------------------------------------

void refuse_to_serve(self_ptr self) {
  auto& pool = *self->state.writer;
  log_error("room_pool", "the journal of the rooms cannot be read", {pool.name()});
  self->quit(to_caf({ec::internal, fmt::format("the journal of stream {} cannot be read", pool.stream())}));
}

// What is asked of the pool waits until all is there; other actors have their turns meanwhile.
void recover_some(self_ptr self, pause_actor between) {
  auto step = self->state.writer->recover_some();
  if (step == recovery_step::unreadable)
    return refuse_to_serve(self);
  if (step == recovery_step::more) {
    if (!between)
      between = self->spawn(pause);
    self->request(between, caf::infinite, done{})
        .await([self, between](done) { recover_some(self, between); },
               [self](const caf::error& why) { self->quit(why); });
  } else if (between) {
    self->send_exit(between, caf::exit_reason::user_shutdown);
  }
}

void recover(self_ptr self, loaded_stream loaded) {
  if (self->state.writer->begin_recovery(std::move(loaded)))
    recover_some(self, {});
  else
    refuse_to_serve(self);
}

/// What is answered when the work is done.
template <class Answer, class Begin>
caf::result<Answer> later(self_ptr self, Begin begin) {
  auto answer = self->make_response_promise<Answer>();
  begin(*self->state.writer, answer);
  return answer;
}

void hear_timer(pool_writer& pool, const timer_fired& timer) {
  switch (static_cast<pool_timer>(timer.kind)) {
  case pool_timer::creation_deadline: return pool.traffic().creations.time_over(timer.number);
  case pool_timer::long_work: return pool.work().turn();
  case pool_timer::listeners: return pool.listeners().try_again();
  case pool_timer::host_loss: return pool.hands().time_of_loss();
  case pool_timer::refused_looks: return pool.hands().look_again();
  case pool_timer::journal: return pool.flush();
  }
}

room_pool_actor::behavior_type handlers(self_ptr actor) {
  return shared_behavior<room_pool_actor::behavior_type>(
      actor,
      [](self_ptr self, const allocate_room& command) {
        return later<allocated_room>(self, [&](pool_writer& pool, auto answer) {
          auto& state = self->state;
          state.allocations.take(pool, command, owed(pool, answer, command.request),
                                 state.review.has_seen_a_list());
        });
      },
      [](self_ptr self, const observe_ping& ping) {
        return later<ping_result>(
            self, [&](pool_writer& pool, auto answer) { observe(pool, ping, owed(pool, answer)); });
      },
      [](self_ptr self, const observe_silence& seen) {
        auto& pool = *self->state.writer;
        if (pool.waiting(seen.id) < waiting_pings_max)
          pool.submit(seen.id, [seen](const rules::pool_view& view) { return rules::decide_silence(view, seen); });
      },
      [](self_ptr self, const report_room_event& command) {
        return later<done>(self,
                           [&](pool_writer& pool, auto answer) { report(pool, command, owed(pool, answer)); });
      },
      [](self_ptr self, const find_room& wanted) { return find(*self->state.writer, wanted.room); },
      [](self_ptr self, const list_rooms& wish) {
        return later<room_list>(self, [&](pool_writer& pool, auto answer) { list(pool, wish, answer); });
      },
      [](self_ptr self, const get_room& wanted) { return view_one(*self->state.writer, wanted.room); },
      [](self_ptr self, count_rooms) {
        return later<room_counts>(self, [](pool_writer& pool, auto answer) {
          pool.when_settled([&pool, answer]() mutable { answer.deliver(pool.table().counts()); });
        });
      },
      [](self_ptr self, const explain_rooms& asked) {
        return later<rooms_explanation>(self, [&](pool_writer&, auto answer) { explain(self, asked, answer); });
      },
      [](self_ptr self, const list_strangers&) { return self->state.review.strangers().list(); },
      [](self_ptr self, const adopt_stranger& wish) {
        return later<done>(self,
                           [&](pool_writer& pool, auto answer) { adopt(self->state.review, pool, wish, answer); });
      },
      [](self_ptr self, const end_stranger& wish) {
        return later<done>(self,
                           [&](pool_writer& pool, auto answer) { end(self->state.review, pool, wish, answer); });
      },
      [](self_ptr self, get_pool_health) { return later<pool_health>(self, judge_all); },
      [](self_ptr self, const create_rooms& command) {
        return later<rooms_created>(self, [&](pool_writer& pool, auto answer) { create(pool, command, answer); });
      },
      [](self_ptr self, const remove_rooms& command) {
        return later<rooms_removed>(self, [&](pool_writer& pool, auto answer) { remove(pool, command, answer); });
      },
      [](self_ptr self, const stop_draining& wish) {
        return later<done>(self, [&](pool_writer& pool, auto answer) { spare(pool, wish, answer); });
      },
      [](self_ptr self, const update_recipe& told) { learn(self, told); },
      [](self_ptr self, const scheduler_condition& judged) { self->state.writer->learn(judged); },
      [](self_ptr self, const report_losses& wish) { self->state.writer->hands().report_losses_to(wish.to); },
      [](self_ptr self, const host_lost& lost) { silence_rooms(*self->state.writer, lost); },
      [](self_ptr self, const instance_event& event) { hear(self->state.review, *self->state.writer, event); },
      [](self_ptr self, begin_review) {
        return later<done>(self, [&](pool_writer& pool, auto answer) {
          if (pool.view().versions.active() != nullptr)
            begin_review_now(self, answer);
          else
            self->state.begins_review = std::make_unique<promise<done>>(answer);
        });
      },
      [](self_ptr self, instance_list& page) {
        return later<done>(self, [&](pool_writer&, auto answer) { review(self, std::move(page), answer); });
      },
      [](self_ptr self, const timer_fired& timer) { hear_timer(*self->state.writer, timer); });
}

room_pool_actor::behavior_type room_pool(self_ptr self, const actor_context_ptr& context,
                                         const scheduler_name& scheduler, const room_tally_ptr& tally) {
  self->state.writer.emplace(self, context, scheduler, tally);
  self->request(context->journal, caf::infinite, load_stream{self->state.writer->stream(), context->epoch})
      .await([self](loaded_stream& loaded) { recover(self, std::move(loaded)); },
             [self](const caf::error& why) { self->quit(why); });
  return handlers(self);
}

} // namespace

room_pool_actor spawn_room_pool(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& scheduler, room_tally_ptr tally) {
  return system.spawn(room_pool, context, scheduler, std::move(tally));
}

} // namespace maestro
