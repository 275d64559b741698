// Whether the copy has everything: a look at the writers' numbers says what there is, and when all of it is on this node's
// disk whoever waited for that is served.
#include "actors/cluster/shared_journal_state.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace maestro::sharing {

namespace {

constexpr std::uint64_t watch_waits_max = 5;

/// Under that very epoch something is on its way into the store: what was loaded now could be too little.
bool is_being_written(self_ptr self, const load_stream& wanted) {
  auto found = self->state.admitted.find(wanted.stream);
  return found != self->state.admitted.end() && found->second.epoch >= wanted.epoch;
}

void serve_loads(self_ptr self) {
  auto& state = self->state;
  for (auto& one : state.loads)
    if (is_being_written(self, one.what))
      one.look = state.looks + 1;
  auto due = std::partition(state.loads.begin(), state.loads.end(), [&](auto& one) {
    return one.look > state.seen || revision_of(one.what.epoch) > state.complete;
  });
  for (auto one = due; one != state.loads.end(); ++one)
    one->answer.delegate(state.parts.copy, one->what);
  state.loads.erase(due, state.loads.end());
}

// It was emptied, or is another one. What was written there and is not on a disk is lost: who goes on is for people to say.
void lose_store(self_ptr self) {
  auto& state = self->state;
  state.replaced =
      "the store has lost this cluster's journal: bring back what it had and start this node again, or found "
      "the cluster again (maestro cluster init)";
  log_error("shared_journal", "nothing is written any more", {{"error", state.replaced}});
  ++state.round;
  state.at = phase::beginning;
}

} // namespace

void note_complete(self_ptr self) {
  auto& state = self->state;
  bool is_news = false;
  while (!state.findings.empty() && state.findings.front().issued <= state.answered) {
    state.complete = std::max(state.complete, state.findings.front().revision);
    state.seen = state.findings.front().look;
    state.findings.pop_front();
    is_news = true;
  }
  if (is_news)
    serve_loads(self);
}

void look_again(self_ptr self, std::uint64_t number) {
  auto& state = self->state;
  if (state.at != phase::following || !state.is_looking || number != state.looks)
    return;
  if (state.must_check && state.archive.trimmed > state.complete) {
    fall_behind(self); // what the store forgot while it was listed may have been missed
    return begin_again(self, {ec::unavailable, state.behind});
  }
  if (!state.progress.has_all(state.archive)) {
    if (++state.watch_waits > watch_waits_max)
      return begin_listing(self);
    return call_later(self, state.parts.settings.watch_patience, timer::watch, number);
  }
  if (std::exchange(state.must_check, false))
    let_go_of_what_is_over(self);
  state.is_looking = false;
  state.told = state.archive.copies[state.parts.self.name].complete;
  state.ages.note(now(self), state.archive.revision);
  // The watch may not have told that they went.
  state.tail.erase(state.tail.begin(), state.tail.upper_bound(state.archive.trimmed));
  if (state.parts.watch.looked)
    state.parts.watch.looked(state.tail.size(), state.to_copy_bytes);
  state.findings.push_back({number, state.archive.revision, state.issued + state.to_copy.size()});
  note_complete(self);
  if (std::exchange(state.must_look, false))
    look(self);
}

void look(self_ptr self) {
  auto& state = self->state;
  if (state.at != phase::following)
    return;
  if (std::exchange(state.is_looking, true)) {
    state.must_look = true;
    return;
  }
  ++state.looks;
  state.watch_waits = 0;
  state.looked_at = now(self);
  ask_in_round<store_listing>(self, state.parts.reading, read_store{archive_keys, 0, 0},
                              [self](const store_listing& listing) {
                                self->state.archive = read_archive(listing);
                                if (self->state.archive.trimmed_revision == 0)
                                  return lose_store(self);
                                look_again(self, self->state.looks);
                              });
}

/// Who has nothing to write any more hears of no transaction in time: that the trouble is over is said all the same, after
/// a while, so that a store which stays slow is not told of with each write.
void end_trouble(self_ptr self) {
  auto& state = self->state;
  bool is_idle = !state.under_way && state.queue.is_empty() && state.at == phase::following;
  bool is_rested = now(self) - state.doubted_at > state.parts.settings.doubt_limit;
  if (is_idle && is_rested && std::exchange(state.is_slow, false))
    log_info("shared_journal", "nothing waits for the store any more");
}

void tick(self_ptr self) {
  auto& state = self->state;
  auto& settings = state.parts.settings;
  call_later(self, settings.look_interval, timer::tick);
  std::erase_if(state.loads, [&](waiting_load& one) {
    if (now(self) < one.until)
      return false;
    auto why = state.behind.empty()
                   ? fmt::format("the journal of stream {} is not whole on this node yet", one.what.stream)
                   : state.behind;
    one.answer.deliver(to_caf({ec::unavailable, why}));
    return true;
  });
  if (!state.is_watching)
    watch(self);
  bool is_busy = state.heard > state.complete || !state.loads.empty() || !state.tail.empty();
  if (now(self) - state.looked_at >= (is_busy ? settings.look_interval : settings.idle_look_interval))
    look(self);
  end_trouble(self);
  tell_watermark(self);
  trim(self);
  shorten(self);
}

void refuse_loads(self_ptr self) {
  for (auto& one : std::exchange(self->state.loads, {}))
    one.answer.deliver(to_caf({ec::unavailable, "the node is ending"}));
}

caf::result<loaded_stream> load(self_ptr self, const load_stream& wanted) {
  auto& state = self->state;
  if (!state.replaced.empty())
    return to_caf({ec::unavailable, state.replaced});
  auto answer = self->make_response_promise<loaded_stream>();
  state.written.erase(wanted.stream); // by whoever loads it next
  state.loads.push_back({wanted, answer, state.looks + 1, now(self) + state.parts.settings.load_patience});
  look(self);
  return answer;
}

} // namespace maestro::sharing
