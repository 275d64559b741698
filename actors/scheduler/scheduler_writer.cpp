#include "actors/scheduler/scheduler_writer.hpp"

#include "actors/random.hpp"
#include "messages/overloaded.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace maestro {

namespace {

template <class Reply>
void answer(scheduler_asker& asker, const result<Reply>& reply) {
  auto* promise = std::get_if<caf::typed_response_promise<Reply>>(&asker);
  if (promise == nullptr)
    return; // nobody asked, or an effect answers later
  if (reply)
    promise->deliver(*reply);
  else
    promise->deliver(to_caf(reply.error()));
}
void answer(scheduler_asker&, const result<rules::no_reply>&) {}

rules::ended_operation last_end_in(const std::vector<scheduler_event>& events, rules::ended_operation before) {
  for (auto& event : events)
    if (auto* ended = std::get_if<operation_ended>(&event))
      before = {ended->id, ended->status};
  return before;
}

void refuse(scheduler_asker& asker, const failure& why) {
  std::visit(overloaded{[](nobody&) {}, [&](auto& promise) { promise.deliver(to_caf(why)); }}, asker);
}

} // namespace

scheduler_writer::scheduler_writer(pointer self, const actor_context_ptr& context, const scheduler_name& name,
                                   room_pool_actor pool, const local_directory_actor& directory)
    : context_(context), name_(name),
      random_(random_for(context->seed, "scheduler/" + name.str(), context->now())),
      log_(self, context, "scheduler/" + name.str()), recipes_(context->recipes),
      effects_({self, context_, name_, std::move(pool), caf::actor_cast<caf::weak_actor_ptr>(directory), random_,
                *this}) {}

scheduler_writer::~scheduler_writer() {
  for (auto& left : intents_)
    refuse(left.asker,
           {ec::unavailable, fmt::format("scheduler {} has ended", name_.str()), failure_subject::actor});
}

bool scheduler_writer::recover(const loaded_stream& loaded, bool tells_directory) {
  if (!log_.recover(loaded))
    return false;
  recipes_.set(table().recipe_bytes());
  if (table().exists()) // what was kept in earlier lives may expire
    expiries_ = {context_->now(), context_->now() + context_->settings.operations_ttl};
  enter(rules::recover_scheduler{tells_directory}, nobody{});
  clean_up_when_due();
  return true;
}

// What others ask for has a bound; the end of what runs and the scheduler's own timer are always taken.
void scheduler_writer::enter(command what, scheduler_asker asker) {
  auto waiting = static_cast<std::int64_t>(intents_.size());
  if (waiting >= context_->settings.operations_queue_limit && !std::holds_alternative<nobody>(asker))
    return refuse(asker, {ec::resource_exhausted,
                          fmt::format("scheduler {} has {} commands waiting, the limit is {}", name_.str(),
                                      waiting, context_->settings.operations_queue_limit)});
  intents_.push_back({std::move(what), std::move(asker)});
  run();
}

void scheduler_writer::timer_over(scheduler_timer which) {
  switch (which) {
  case scheduler_timer::clean_up:
    cleans_up_later_ = false;
    clean_up_when_due();
    return enter(rules::clean_up{}, nobody{});
  case scheduler_timer::reopen: effects_.reopen(table()); return run();
  case scheduler_timer::halted: effects_.end_halt(); return run();
  case scheduler_timer::rest: return effects_.rest(table(), [this] { return has_work(); });
  }
}

bool scheduler_writer::has_work() const {
  return turn_.is_writing() || !intents_.empty() || !table().pending().empty() || !table().active().empty();
}

// Where nothing will ever expire no timer runs.
void scheduler_writer::clean_up_when_due() {
  if (expiries_.first == never || std::exchange(cleans_up_later_, true))
    return;
  effects_.clean_up_later();
}

rules::occasion scheduler_writer::now() {
  return {name_,
          context_->settings,
          context_->now(),
          [this] { return draw_operation_id(random_); },
          effects_.is_halted(),
          expiries_,
          last_end_,
          effects_.running(),
          effects_.is_after_halt(),
          recipes_.left()};
}

// The only loop. A decision without events is carried out at once and the next one follows; one with events leaves
// the loop, and the journal's answer enters it again.
void scheduler_writer::run() {
  turn_.run([this] { return take_next(); });
}

bool scheduler_writer::take_next() {
  if (!intents_.empty()) {
    auto next = std::move(intents_.front());
    intents_.pop_front();
    std::visit([&](const auto& what) { carry_out(decide(table(), what, now()), std::move(next.asker)); },
               next.what);
    return true;
  }
  if (!effects_.may_run())
    return false;
  auto wanted = decide(table(), rules::go_on{}, now());
  bool is_something = !wanted.events.empty();
  carry_out(std::move(wanted), nobody{});
  return is_something;
}

// The one place where a decision becomes true: at once, journal, apply, who must know first, reply, effects, next.
template <class Reply>
void scheduler_writer::carry_out(rules::scheduler_decision<Reply> wanted, scheduler_asker asker) {
  carry_out_all(wanted.at_once, asker);
  if (wanted.events.empty())
    return conclude(wanted, asker);
  turn_.begin_write();
  if (effects_.may_run())
    rules::add_start(wanted.events, wanted.effects, table(), context_->now());
  auto expiries = after_ends(expiries_, wanted.events, context_->now());
  auto last_end = last_end_in(wanted.events, last_end_);
  append_extras extras{std::move(wanted.finished), wanted.drops_finished ? name_ : scheduler_name{}, {}};
  // With the scheduler ends all that was told of it; the pool has no rooms left that could tell more.
  auto is_deletion = [](auto& event) { return std::holds_alternative<scheduler_deleted>(event); };
  if (std::any_of(wanted.events.begin(), wanted.events.end(), is_deletion))
    extras.ends_streams = {stream(), "rooms/" + name_.str(), "forwarding/" + name_.str()};
  auto events = std::move(wanted.events);
  auto both = std::make_shared<std::pair<rules::scheduler_decision<Reply>, scheduler_asker>>(std::move(wanted),
                                                                                             std::move(asker));
  log_.append(
      std::move(events),
      [this, both, expiries, last_end] {
        recipes_.set(table().recipe_bytes());
        effects_.note_written();
        expiries_ = expiries;
        last_end_ = last_end;
        turn_.end_write(
            [&] {
              conclude(both->first, both->second);
              clean_up_when_due();
            },
            [this] { return take_next(); });
      },
      [this, both](const failure& why) {
        turn_.end_write(
            [&] {
              answer(both->second, result<Reply>(why));
              carry_out_all(both->first.if_refused, both->second);
            },
            [this] { return take_next(); });
      },
      std::move(extras));
}

template <class Reply>
void scheduler_writer::conclude(const rules::scheduler_decision<Reply>& wanted, scheduler_asker& asker) {
  carry_out_all(wanted.before_reply, asker);
  if (!wanted.answers_later)
    answer(asker, wanted.reply);
  carry_out_all(wanted.effects, asker);
}

void scheduler_writer::carry_out_all(const std::vector<rules::scheduler_effect>& effects, scheduler_asker& asker) {
  for (auto& effect : effects)
    effects_.carry_out(effect, table(), asker);
}

} // namespace maestro
