#include "actors/scheduler_entries.hpp"

#include "actors/call_later.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/room_pool/room_pool.hpp"
#include "actors/scheduler/scheduler.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace maestro::local {

namespace {

constexpr auto remembered_for = std::chrono::seconds{30}; ///< longer than any request is under way
constexpr auto on_its_way_for = std::chrono::seconds{5};  ///< until the next owner serves it, as a rule
constexpr auto recover_after = std::chrono::seconds{1};   ///< what broke; twice as long each time it breaks again
constexpr auto recover_after_max = std::chrono::minutes{1};
constexpr auto forgiven_after = std::chrono::minutes{5}; ///< that it served

// Alone all have one epoch and one context.
actor_context_ptr context_for(self_ptr self, owner_epoch epoch) {
  auto& context = self->state.context;
  if (epoch == context->epoch)
    return context;
  auto own = std::make_shared<actor_context>(*context);
  own->epoch = epoch;
  return own;
}

} // namespace

failure not_found(const scheduler_name& name) {
  return {ec::not_found, fmt::format("scheduler {} not found", name.str()), failure_subject::scheduler};
}

failure unknown(self_ptr self, const scheduler_name& name) {
  auto released = self->state.released.find(name);
  if (released == self->state.released.end() ||
      self->state.context->clock().steady - released->second > remembered_for)
    return not_found(name);
  return {ec::deposed, fmt::format("scheduler {} is not served by this node any more", name.str())};
}

std::vector<scheduler_name> moving(self_ptr self, const std::string& name) {
  auto& state = self->state;
  std::set<scheduler_name> names;
  if (state.what == recovery::of_all)
    return {};
  for (auto& [one, entry] : state.schedulers)
    if (!entry.adopters.empty())
      names.insert(one);
  auto now = state.context->clock().steady;
  for (auto& [one, since] : state.released)
    if (now - since < on_its_way_for)
      names.insert(one);
  if (!name.empty())
    std::erase_if(names, [&](auto& one) { return one.str() != name; });
  return {names.begin(), names.end()};
}

directory_entry& add_entry(self_ptr self, const scheduler_name& name, owner_epoch epoch, bool is_recovery) {
  auto& state = self->state;
  auto context = context_for(self, epoch);
  state.released.erase(name);
  directory_entry entry;
  entry.epoch = epoch;
  entry.tally = std::make_shared<room_tally>();
  entry.pool = spawn_room_pool(self->system(), context, name, entry.tally);
  entry.owner = spawn_scheduler(self->system(), context, name, entry.pool,
                                caf::actor_cast<local_directory_actor>(self), is_recovery);
  self->monitor(entry.pool);
  self->monitor(entry.owner);
  return state.schedulers[name] = std::move(entry);
}

void tell_adopters(self_ptr self, const scheduler_name& name, const result<done>& outcome) {
  auto found = self->state.schedulers.find(name);
  if (found == self->state.schedulers.end())
    return;
  for (auto& answer : std::exchange(found->second.adopters, {})) {
    if (outcome)
      answer.deliver(done{});
    else
      answer.deliver(to_caf(outcome.error()));
  }
}

namespace {

/// Heard of until both have ended; of one that has ended already at once.
void watch_leaving(self_ptr self, const scheduler_name& name, const directory_entry& entry,
                   std::vector<std::function<void()>> then) {
  auto& state = self->state;
  auto leaving = std::make_shared<leaving_entry>(leaving_entry{name, entry.epoch, 2, std::move(then)});
  state.leaving[entry.owner.address()] = state.leaving[entry.pool.address()] = leaving;
  self->monitor(entry.owner);
  self->monitor(entry.pool);
  state.context->meter->forget_scheduler(name);
}

} // namespace

void remove_entry(self_ptr self, const scheduler_name& name) {
  tell_adopters(self, name, not_found(name));
  auto gone = self->state.schedulers.extract(name);
  if (gone.empty())
    return;
  auto& entry = gone.mapped();
  watch_leaving(self, name, entry, {});
  self->send_exit(entry.owner, caf::exit_reason::user_shutdown);
  self->send_exit(entry.pool, caf::exit_reason::user_shutdown);
}

// Whoever wants what is there already waits for it, not for what was not made.
void end_creation(self_ptr self, const scheduler_name& name, const creation_ptr& what,
                  const result<scheduler>& outcome) {
  if (!std::exchange(what->is_told, true))
    outcome ? what->answer.deliver(*outcome) : what->answer.deliver(to_caf(outcome.error()));
  auto found = self->state.schedulers.find(name);
  if (found == self->state.schedulers.end() || found->second.creation != what)
    return;
  found->second.creation = nullptr;
  if (outcome || !found->second.broken.empty())
    return;
  auto adopters = std::exchange(found->second.adopters, {});
  auto epoch = found->second.epoch;
  remove_entry(self, name);
  if (self->state.what == recovery::of_adopted && outcome.error().code == ec::already_exists)
    self->state.released[name] = self->state.context->clock().steady; // it is there, and not served
  for (auto& answer : adopters)
    adopt(self, {name, epoch}, std::move(answer));
}

namespace {

std::shared_ptr<leaving_entry> leaving_of(self_ptr self, const scheduler_name& name) {
  for (auto& [whom, entry] : self->state.leaving)
    if (entry->name == name)
      return entry;
  return nullptr;
}

} // namespace

// Commands that were sent to the pair before are in their mailboxes or on their way to the journal: each is asked something that
// changes nothing and is answered behind all of that, and ended then.
void release(self_ptr self, const scheduler_name& name, caf::typed_response_promise<done> answer) {
  auto& state = self->state;
  auto tell = [answer]() mutable { answer.deliver(done{}); };
  auto gone = state.schedulers.extract(name);
  if (gone.empty()) {
    if (auto leaving = leaving_of(self, name))
      leaving->then.push_back(tell);
    else
      tell();
    return;
  }
  auto now = state.context->clock().steady;
  std::erase_if(state.released, [now](auto& one) { return now - one.second > remembered_for; });
  state.released[name] = now;
  auto& entry = gone.mapped();
  for (auto& adopter : entry.adopters)
    adopter.deliver(to_caf(unknown(self, name)));
  watch_leaving(self, name, entry, {tell});
  auto end = [self](auto whom) { self->send_exit(whom, caf::exit_reason::user_shutdown); };
  auto settle_time = state.context->settings.journal_timeout;
  put_question(self, entry.owner, settle_time, cancel_operation{name, operation_id("none")})
      .then([end, whom = entry.owner](done) { end(whom); },
            [end, whom = entry.owner](const caf::error&) { end(whom); });
  put_question(self, entry.pool, settle_time, count_rooms{})
      .then([end, whom = entry.pool](const room_counts&) { end(whom); },
            [end, whom = entry.pool](const caf::error&) { end(whom); });
}

bool note_left(self_ptr self, const caf::actor_addr& whom) {
  auto found = self->state.leaving.extract(whom);
  if (found.empty())
    return false;
  auto leaving = found.mapped();
  if (--leaving->alive > 0)
    return true;
  for (auto& go_on : leaving->then)
    go_on();
  return true;
}

bool wait_for_leaving(self_ptr self, const scheduler_name& name, owner_epoch epoch, std::function<void()> go_on) {
  for (auto& [whom, leaving] : self->state.leaving)
    if (leaving->name == name && leaving->epoch == epoch) {
      leaving->then.push_back(std::move(go_on));
      return true;
    }
  return false;
}

void adopt(self_ptr self, const adopt_scheduler& wish, caf::typed_response_promise<done> answer) {
  auto& state = self->state;
  if (wait_for_leaving(self, wish.name, wish.epoch, [=] { adopt(self, wish, answer); }))
    return;
  auto found = state.schedulers.find(wish.name);
  bool is_of_epoch = found != state.schedulers.end() && found->second.epoch == wish.epoch;
  if (is_of_epoch && found->second.broken.empty()) {
    if (found->second.is_recovered_again || (!found->second.recipe || !found->second.adopters.empty()))
      found->second.adopters.push_back(std::move(answer));
    else
      answer.deliver(done{});
    return;
  }
  if (is_of_epoch && found->second.alive > 0) {
    answer.deliver(to_caf({ec::unavailable, found->second.broken}));
    return;
  }
  if (found != state.schedulers.end())
    remove_entry(self, wish.name);
  add_entry(self, wish.name, wish.epoch, true).adopters.push_back(std::move(answer));
}

void note_broken(self_ptr self, const scheduler_name& name, directory_entry& entry, const failure& why) {
  auto& state = self->state;
  --entry.alive;
  if (!entry.broken.empty())
    return;
  entry.broken = fmt::format("scheduler {} cannot serve: {}", name.str(), why.text);
  log_error("scheduler_directory", "a scheduler ended unexpectedly", {name, {"error", entry.broken}});
  for (auto& whom : {caf::actor_cast<caf::actor>(entry.owner), caf::actor_cast<caf::actor>(entry.pool)})
    self->send_exit(whom, caf::exit_reason::user_shutdown);
  auto now = state.context->clock().steady;
  bool was_well = now - entry.broken_at > forgiven_after;
  entry.pause = was_well ? duration{recover_after} : std::min<duration>(entry.pause * 2, recover_after_max);
  entry.broken_at = now;
  bool is_adopted_again = !entry.adopters.empty(); // whoever wished for it wishes again
  tell_adopters(self, name, failure{ec::internal, entry.broken});
  if (entry.creation && !std::exchange(entry.creation->is_told, true)) // what became of it the journal knows
    entry.creation->answer.deliver(to_caf({ec::unavailable, entry.broken}));
  if (!is_adopted_again && !std::exchange(state.is_looking_at_broken, true))
    call_later(self, recover_after, directory_timer::broken);
}

void look_at_broken(self_ptr self) {
  auto& state = self->state;
  state.is_looking_at_broken = false;
  auto now = state.context->clock().steady;
  std::vector<scheduler_name> due;
  for (auto& [name, entry] : state.schedulers) {
    if (entry.broken.empty())
      continue;
    state.is_looking_at_broken = true;
    if (entry.alive == 0 && now - entry.broken_at >= entry.pause)
      due.push_back(name);
  }
  for (auto& name : due) {
    auto before = state.schedulers.extract(name);
    auto& old = before.mapped();
    log_info("scheduler_directory", "a scheduler is recovered again", {name});
    auto& entry = add_entry(self, name, old.epoch, true);
    entry.is_recovered_again = true;
    entry.recipe = old.recipe;
    entry.pause = old.pause;
    entry.broken_at = old.broken_at;
  }
  if (state.is_looking_at_broken)
    call_later(self, recover_after, directory_timer::broken);
}

} // namespace maestro::local
