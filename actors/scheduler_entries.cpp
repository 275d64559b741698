#include "actors/scheduler_entries.hpp"

#include "actors/metrics.hpp"
#include "actors/room_pool/room_pool.hpp"
#include "actors/scheduler/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace maestro::local {

namespace {

constexpr auto remembered_for = std::chrono::seconds{30}; ///< longer than any request is under way
constexpr auto on_its_way_for = std::chrono::seconds{5};  ///< until the next owner serves it, as a rule

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

void remove_entry(self_ptr self, const scheduler_name& name) {
  tell_adopters(self, name, not_found(name));
  auto gone = self->state.schedulers.extract(name);
  if (gone.empty())
    return;
  auto& entry = gone.mapped();
  self->demonitor(entry.pool.address());
  self->demonitor(entry.owner.address());
  self->send_exit(entry.owner, caf::exit_reason::user_shutdown);
  self->send_exit(entry.pool, caf::exit_reason::user_shutdown);
  self->state.context->meter->forget_scheduler(name);
}

// Commands that were sent to the pair before are in their mailboxes or on their way to the journal: each is asked something that
// changes nothing and is answered behind all of that, and ended then.
void release(self_ptr self, const scheduler_name& name, caf::typed_response_promise<done> answer) {
  auto& state = self->state;
  auto gone = state.schedulers.extract(name);
  if (gone.empty()) {
    if (auto leaving = state.leaving.find(name); leaving != state.leaving.end())
      leaving->second.waiting.push_back(std::move(answer));
    else
      answer.deliver(done{});
    return;
  }
  auto now = state.context->clock().steady;
  std::erase_if(state.released, [now](auto& one) { return now - one.second > remembered_for; });
  state.released[name] = now;
  auto& entry = gone.mapped();
  for (auto& adopter : entry.adopters)
    adopter.deliver(to_caf(unknown(self, name)));
  state.leaving[name] = {2, {std::move(answer)}};
  state.actors_leaving[entry.owner.address()] = name;
  state.actors_leaving[entry.pool.address()] = name;
  state.context->meter->forget_scheduler(name);
  self->monitor(entry.owner); // one that has ended already says so again
  self->monitor(entry.pool);
  auto end = [self](auto whom) { self->send_exit(whom, caf::exit_reason::user_shutdown); };
  auto settle_time = state.context->settings.journal_timeout;
  self->request(entry.owner, settle_time, cancel_operation{name, operation_id("none")})
      .then([end, whom = entry.owner](done) { end(whom); },
            [end, whom = entry.owner](const caf::error&) { end(whom); });
  self->request(entry.pool, settle_time, count_rooms{})
      .then([end, whom = entry.pool](const room_counts&) { end(whom); },
            [end, whom = entry.pool](const caf::error&) { end(whom); });
}

bool note_left(self_ptr self, const caf::actor_addr& whom) {
  auto& state = self->state;
  auto actor = state.actors_leaving.extract(whom);
  if (actor.empty())
    return false;
  auto leaving = state.leaving.find(actor.mapped());
  if (leaving == state.leaving.end() || --leaving->second.alive > 0)
    return true;
  auto waiting = std::move(leaving->second.waiting);
  state.leaving.erase(leaving);
  for (auto& answer : waiting)
    answer.deliver(done{});
  return true;
}

void adopt(self_ptr self, const adopt_scheduler& wish, caf::typed_response_promise<done> answer) {
  auto& state = self->state;
  auto found = state.schedulers.find(wish.name);
  bool is_served =
      found != state.schedulers.end() && found->second.epoch == wish.epoch && found->second.broken.empty();
  if (is_served && (found->second.recipe || found->second.adopters.empty())) {
    answer.deliver(done{});
    return;
  }
  if (is_served) {
    found->second.adopters.push_back(std::move(answer));
    return;
  }
  if (found != state.schedulers.end())
    remove_entry(self, wish.name);
  add_entry(self, wish.name, wish.epoch, true).adopters.push_back(std::move(answer));
}

} // namespace maestro::local
