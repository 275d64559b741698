#include "actors/forwarding.hpp"

#include "actors/call_later.hpp"
#include "actors/event_forwarder.hpp"
#include "actors/event_log.hpp"
#include "actors/forwarder_cursors.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace maestro {

namespace {

constexpr auto reopen_delay = std::chrono::seconds{5};

enum class forwarding_timer : std::uint8_t { reopen };

struct follower {
  forwarder_cursor cursor; ///< as it was told last
  std::uint32_t place = 0; ///< in the recipe
  event_forwarder_actor actor;
};

struct forwarding_state {
  static inline const char* name = "forwarding";
  forwarding_state() {}
  ~forwarding_state() {
    for (auto& one : followers)
      if (one.actor)
        caf::anon_send_exit(one.actor, caf::exit_reason::user_shutdown);
  }

  actor_context_ptr context;
  scheduler recipe;
  scheduler_name scheduler_id;
  std::unique_ptr<event_log<forwarding_actor::base, forwarder_cursors>> places;
  std::optional<failure> unread = failure{ec::unavailable, "the places are being read"}; ///< none: they are known
  bool begins_anew = false; ///< what is durable is an earlier scheduler's of this name
  std::vector<follower> followers;
  bool is_writing = false;
  bool has_moved = false; ///< since the last write began
  bool reopens = false;   ///< a timer runs
};
using self_ptr = forwarding_actor::stateful_pointer<forwarding_state>;

// -- places -----------------------------------------------------------------------------------------------------

void write(self_ptr self, std::function<void()> then, std::function<void(const failure&)> refused) {
  auto& state = self->state;
  state.is_writing = true;
  state.has_moved = false;
  cursors_moved moved;
  for (auto& one : state.followers)
    moved.cursors.push_back(one.cursor);
  auto go_on = [self] {
    self->state.is_writing = false;
    if (self->state.has_moved)
      write(
          self, [] {}, [](const failure&) {});
  };
  state.places->append(
      {forwarding_event{std::move(moved)}},
      [self, then, go_on] {
        self->state.begins_anew = false;
        then();
        go_on();
      },
      [self, refused](const failure& why) { // where it is will be said again
        self->state.is_writing = false;
        refused(why);
      });
}

void note_cursor(self_ptr self, const forwarder_cursor& to) {
  auto& state = self->state;
  for (auto& one : state.followers)
    if (forwarder_cursors::is_same(one.cursor, to))
      one.cursor.sequence = to.sequence;
  state.has_moved = true;
  if (!state.is_writing)
    write(
        self, [] {}, [](const failure&) {});
}

// -- forwarders -------------------------------------------------------------------------------------------------

void open(self_ptr self, follower& one) {
  auto& state = self->state;
  one.actor = spawn_event_forwarder(self->system(), state.context, caf::actor_cast<forwarding_actor>(self),
                                    one.cursor, {state.recipe, one.place});
  self->monitor(one.actor);
}

void close(self_ptr self, follower& one) {
  if (!one.actor)
    return;
  self->demonitor(one.actor.address());
  self->send_exit(one.actor, caf::exit_reason::user_shutdown);
}

/// Those of the recipe that are enabled, each as far as it is known to be.
std::vector<follower> wanted_by(const forwarding_state& state, const follow_forwarders& command) {
  std::vector<follower> wanted;
  auto& all = command.recipe.forwarders;
  for (std::uint32_t place = 0; place < all.size(); ++place) {
    if (!all[place].enabled)
      continue;
    follower one{{all[place].name, all[place].address, 0, command.now}, place, {}};
    for (auto& other : wanted)
      one.cursor.number += other.cursor.name == one.cursor.name && other.cursor.address == one.cursor.address;
    if (auto* kept = state.places->state().find(one.cursor); kept != nullptr && !state.begins_anew)
      one.cursor.sequence = std::min(kept->sequence, command.now);
    wanted.push_back(std::move(one));
  }
  return wanted;
}

void read_places(self_ptr self);

caf::result<done> follow(self_ptr self, const follow_forwarders& command) {
  auto& state = self->state;
  if (state.unread) { // whoever asks asks again
    read_places(self);
    return to_caf(*state.unread);
  }
  state.recipe = command.recipe;
  auto wanted = wanted_by(state, command);
  bool is_known = !state.begins_anew && wanted.size() == state.places->state().size();
  for (auto& one : wanted)
    is_known = is_known && state.places->state().find(one.cursor) != nullptr;
  for (auto& old : state.followers) {
    auto same = std::find_if(wanted.begin(), wanted.end(),
                             [&](auto& one) { return forwarder_cursors::is_same(one.cursor, old.cursor); });
    if (same == wanted.end() || !old.actor) {
      close(self, old);
      continue;
    }
    same->actor = std::move(old.actor);
    same->cursor = old.cursor;
    self->send(same->actor, change_forwarder{state.recipe, same->place});
  }
  state.followers = std::move(wanted);
  for (auto& one : state.followers)
    if (!one.actor)
      open(self, one);
  if (is_known)
    return done{};
  auto answer = self->make_response_promise<done>();
  write(
      self, [answer]() mutable { answer.deliver(done{}); },
      [answer](const failure& why) mutable { answer.deliver(to_caf(why)); });
  return answer;
}

void note_down(self_ptr self, const caf::down_msg& down) {
  auto& state = self->state;
  for (auto& one : state.followers) {
    if (!one.actor || one.actor.address() != down.source)
      continue;
    one.actor = nullptr;
    log_error("forwarding", "a forwarder ended unexpectedly and is started again",
              {state.scheduler_id, {"forwarder", one.cursor.name}, {"error", from_caf(down.reason).text}});
    if (!std::exchange(state.reopens, true))
      call_later(self, reopen_delay, forwarding_timer::reopen);
  }
}

void reopen(self_ptr self) {
  self->state.reopens = false;
  for (auto& one : self->state.followers)
    if (!one.actor)
      open(self, one);
}

// -- the mailbox ------------------------------------------------------------------------------------------------

void recover(self_ptr self, const loaded_stream& loaded) {
  auto& state = self->state;
  state.begins_anew = loaded.has_ended;
  if (state.places->recover(loaded))
    return state.unread.reset();
  log_error("forwarding", "the journal of the forwarders cannot be read", {state.scheduler_id});
  state.unread =
      failure{ec::internal, fmt::format("the journal of stream {} cannot be read", state.places->stream())};
}

// Messages wait until the answer is here. A journal that does not answer now may do so soon.
void read_places(self_ptr self) {
  auto& state = self->state;
  self->request(state.context->journal, caf::infinite, load_stream{state.places->stream(), state.context->epoch})
      .await([self](const loaded_stream& loaded) { recover(self, loaded); },
             [self](const caf::error& why) { self->state.unread = from_caf(why); });
}

forwarding_actor::behavior_type forwarding(self_ptr self, const actor_context_ptr& context,
                                           const scheduler_name& scheduler) {
  auto& state = self->state;
  state.context = context;
  state.scheduler_id = scheduler;
  state.places = std::make_unique<event_log<forwarding_actor::base, forwarder_cursors>>(
      self, context, "forwarding/" + scheduler.str());
  self->set_down_handler([self](const caf::down_msg& down) { note_down(self, down); });
  read_places(self);
  return {
      [self](const follow_forwarders& command) { return follow(self, command); },
      [self](const resync_room& ping) {
        for (auto& one : self->state.followers)
          if (one.actor)
            self->send(one.actor, ping);
      },
      [self](const cursor_moved& moved) { note_cursor(self, moved.to); },
      [self](const timer_fired&) { reopen(self); },
  };
}

} // namespace

forwarding_actor spawn_forwarding(caf::actor_system& system, const actor_context_ptr& context,
                                  const scheduler_name& scheduler) {
  return system.spawn(forwarding, context, scheduler);
}

} // namespace maestro
