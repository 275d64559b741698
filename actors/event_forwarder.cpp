#include "actors/event_forwarder.hpp"

#include "actors/call_later.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/delivery_queue.hpp"
#include "actors/rules/matchmaker_calls.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <limits>
#include <optional>

namespace maestro {

namespace {

constexpr auto call_margin = std::chrono::seconds{10}; ///< after its own deadline a call is given up
constexpr std::uint64_t cursor_step = 1000;            ///< events of others after which a place is worth keeping
constexpr std::uint32_t own_series_max = 10;

enum class forwarder_timer : std::uint8_t { wake, report };

struct event_forwarder_state {
  static inline const char* name = "event_forwarder";
  event_forwarder_state() {}
  ~event_forwarder_state() {
    if (context)
      context->meter->set_forwarder_queue(recipe.name, label(), 0, {});
  }

  actor_context_ptr context;
  forwarding_actor parent;
  forwarder_cursor cursor; ///< as FORWARDING knows it
  scheduler recipe;
  std::uint32_t place = 0;
  std::optional<rules::delivery_queue> queue;
  caf::typed_response_promise<done> page; ///< the next one is not wanted yet
  std::uint64_t wake_number = 0;
  std::optional<duration> wakes_at;     ///< a timer runs
  bool reports_later = false;           ///< likewise
  bool has_delivered = false;           ///< since the place was told
  bool is_away = false;                 ///< the last call was not heard
  rules::delivery_queue::losses losses; ///< not logged yet

  const forwarder& whom() const { return recipe.forwarders.at(place); }
  std::string_view label() const { return place < own_series_max ? std::string_view(cursor.name) : "other"; }
  std::string stream() const { return "rooms/" + recipe.name.str(); }
  duration now() const { return context->clock().steady; }
  rules::number_style numbers() const {
    return context->settings.forwarding_plain_integers ? rules::number_style::plain
                                                       : rules::number_style::original;
  }
};
using self_ptr = event_forwarder_actor::stateful_pointer<event_forwarder_state>;

rules::delivery_limits limits_of(const actor_settings& settings) {
  rules::delivery_limits limits;
  limits.calls = static_cast<std::size_t>(settings.forwarding_calls);
  limits.bytes = static_cast<std::size_t>(settings.forwarding_queue_bytes);
  limits.resyncs = static_cast<std::size_t>(settings.forwarding_resyncs_limit);
  limits.events_behind = static_cast<std::uint64_t>(settings.forwarding_queue_limit);
  limits.tries = static_cast<int>(settings.forwarding_tries);
  return limits;
}

void pump(self_ptr self);

// -- calls ------------------------------------------------------------------------------------------------------

void count(event_forwarder_state& state, report_kind kind, const std::string& code) {
  auto& meter = *state.context->meter;
  if (kind == report_kind::player_event)
    meter.player_event_forwarded(state.recipe.game, state.recipe.name, code);
  else
    meter.room_event_forwarded(state.recipe.game, state.recipe.name, code);
  if (kind == report_kind::resync && code != "OK")
    meter.ping_forwarding_failed(state.recipe.name);
}

// A matchmaker that is away is said once, and when it is back; what it answers otherwise stands in the metrics.
void say(event_forwarder_state& state, const matchmaker_answer& answer, bool is_lost) {
  if (is_lost == state.is_away)
    return;
  state.is_away = is_lost;
  auto& whom = state.whom();
  if (is_lost)
    log_warn("event_forwarder", "a matchmaker does not answer",
             {state.recipe.name,
              {"forwarder", whom.name},
              {"address", whom.address},
              {"grpc_code", answer.grpc_code},
              {"error", answer.text}});
  else
    log_info("event_forwarder", "a matchmaker answers again", {state.recipe.name, {"forwarder", whom.name}});
}

void conclude(self_ptr self, rules::delivery_queue::call_number number, report_kind kind, matchmaker_method method,
              const matchmaker_answer& answer) {
  auto& state = self->state;
  auto how = rules::end_of(answer);
  state.context->meter->matchmaker_called(to_string(method), rules::outcome_word(answer), answer.took);
  count(state, kind, rules::outcome_word(answer));
  say(state, answer, how == rules::call_end::lost);
  state.has_delivered |= kind != report_kind::resync;
  state.queue->ended(number, how, state.now());
  pump(self);
}

void send(self_ptr self, const rules::delivery_queue::turn& turn) {
  auto& state = self->state;
  auto kind = turn.what->kind;
  auto call = rules::matchmaker_call_for(*turn.what, state.whom(), {state.recipe.name, state.recipe.game},
                                         state.numbers());
  if (!call) {
    count(state, kind, "Unknown");
    state.has_delivered |= kind != report_kind::resync;
    return state.queue->ended(turn.call, rules::call_end::answered, state.now());
  }
  auto wait = call->timeout + call_margin;
  auto method = call->method;
  put_question(self, state.context->matchmakers, wait, std::move(*call))
      .then([self, number = turn.call, kind,
             method](const matchmaker_answer& answer) { conclude(self, number, kind, method, answer); },
            [self, number = turn.call, kind, method](const caf::error& why) {
              conclude(self, number, kind, method, {"Unavailable", 0, from_caf(why).text, {}});
            });
}

// -- what waits -------------------------------------------------------------------------------------------------

void wake_later(self_ptr self) {
  auto& state = self->state;
  auto at = state.queue->wakes_at();
  if (!at || (state.wakes_at && *state.wakes_at <= *at))
    return;
  state.wakes_at = at;
  auto wait = std::max<duration>(*at - state.now(), std::chrono::milliseconds{1});
  call_later(self, wait, forwarder_timer::wake, ++state.wake_number);
}

void report_later(self_ptr self) {
  auto& state = self->state;
  auto& queue = *state.queue;
  bool is_behind = queue.length() > 0 || (state.has_delivered && queue.cursor() > state.cursor.sequence) ||
                   queue.cursor() >= state.cursor.sequence + cursor_step;
  if (is_behind && !std::exchange(state.reports_later, true))
    call_later(self, state.context->settings.forwarding_cursor_interval, forwarder_timer::report);
}

void note_losses(event_forwarder_state& state) {
  auto lost = state.queue->take_losses();
  auto count_kind = [&](const char* kind, std::uint64_t lost_now, std::uint64_t& sum) {
    if (lost_now > 0)
      state.context->meter->events_dropped(state.recipe.name, state.label(), kind, lost_now);
    sum += lost_now;
  };
  count_kind("event", lost.events, state.losses.events);
  count_kind("resync", lost.resyncs, state.losses.resyncs);
}

void pump(self_ptr self) {
  auto& state = self->state;
  while (auto turn = state.queue->next(state.now()))
    send(self, *turn);
  note_losses(state);
  if (state.page.pending() && state.queue->wants_more())
    std::exchange(state.page, {}).deliver(done{});
  wake_later(self);
  report_later(self);
}

/// False: a record cannot be read.
bool take(event_forwarder_state& state, const event_page& page) {
  auto& queue = *state.queue;
  if (page.items.empty())
    return true;
  queue.note_newest(page.last);
  queue.lost_before(page.items.front().sequence);
  for (auto& stored : page.items) {
    pool_event event;
    if (!is_report(stored.record))
      continue;
    if (!decode(stored.record, event))
      return false;
    if (auto* what = std::get_if<room_event_reported>(&event))
      queue.add(stored.sequence, std::move(*what));
  }
  queue.read_up_to(page.items.back().sequence);
  return true;
}

void report(self_ptr self) {
  auto& state = self->state;
  auto& queue = *state.queue;
  state.reports_later = false;
  auto oldest = queue.oldest_at();
  auto lag = oldest == never ? duration{} : std::max<duration>(state.context->now() - oldest, {});
  state.context->meter->set_forwarder_queue(state.recipe.name, state.label(), queue.length(), lag);
  if (auto lost = std::exchange(state.losses, {}); lost.events + lost.resyncs > 0)
    log_warn(
        "event_forwarder", "a matchmaker was not told all",
        {state.recipe.name, {"forwarder", state.whom().name}, {"events", lost.events}, {"pings", lost.resyncs}});
  if (queue.cursor() > state.cursor.sequence) {
    state.cursor.sequence = queue.cursor();
    state.has_delivered = false;
    self->send(state.parent, cursor_moved{state.cursor});
  }
  report_later(self);
  if (!state.page.pending())
    return;
  // Nothing is read while enough waits: how much has come meanwhile says the journal.
  read_events newest{state.stream(), std::numeric_limits<std::uint64_t>::max(), 1};
  put_question(self, state.context->journal, state.context->settings.journal_timeout, std::move(newest))
      .then(
          [self](const event_page& page) {
            self->state.queue->note_newest(page.last);
            pump(self);
          },
          [](const caf::error&) {});
}

// -- the mailbox ------------------------------------------------------------------------------------------------

event_forwarder_actor::behavior_type event_forwarder(self_ptr self, const actor_context_ptr& context,
                                                     const forwarding_actor& parent,
                                                     const forwarder_cursor& cursor,
                                                     const change_forwarder& whom) {
  auto& state = self->state;
  state.context = context;
  state.parent = parent;
  state.cursor = cursor;
  state.recipe = whom.recipe;
  state.place = whom.place;
  state.queue.emplace(limits_of(context->settings), cursor.sequence);
  self->send(context->matchmakers, use_matchmaker{cursor.address, caf::actor_cast<event_forwarder_actor>(self)});
  auto me = caf::actor_cast<event_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  put_question(self, context->journal, context->settings.journal_timeout,
               watch_events{state.stream(), cursor.sequence, me})
      .then([](done) {}, [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const event_page& page) -> caf::result<done> {
        if (!take(self->state, page)) {
          self->quit(to_caf({ec::internal, "stream " + page.stream + " holds a record that cannot be read"}));
          return done{};
        }
        self->state.page = self->make_response_promise<done>();
        auto answer = self->state.page;
        pump(self);
        return answer;
      },
      [self](resync_room& ping) {
        auto& room = *ping.room;
        self->state.queue->resync(
            {room.id, report_kind::resync, to_string(ping.status), std::move(ping.metadata), room.address, never},
            ping.after);
        pump(self);
      },
      [self](const change_forwarder& change) {
        self->state.recipe = change.recipe;
        self->state.place = change.place;
      },
      [self](const timer_fired& timer) {
        switch (static_cast<forwarder_timer>(timer.kind)) {
        case forwarder_timer::wake:
          if (timer.number == self->state.wake_number)
            self->state.wakes_at.reset();
          return pump(self);
        case forwarder_timer::report: return report(self);
        }
      },
  };
}

} // namespace

event_forwarder_actor spawn_event_forwarder(caf::actor_system& system, const actor_context_ptr& context,
                                            const forwarding_actor& parent, const forwarder_cursor& cursor,
                                            const change_forwarder& whom) {
  return system.spawn(event_forwarder, context, parent, cursor, whom);
}

} // namespace maestro
