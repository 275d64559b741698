// Into the store: what waits goes as one transaction, the next when its outcome is known.
#include "actors/cluster/shared_journal_state.hpp"
#include "actors/put_question.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace maestro::sharing {

namespace {

void leave(self_ptr self, const append_events& batch) {
  auto found = self->state.admitted.find(batch.stream);
  bool is_of_it = found != self->state.admitted.end() && found->second.epoch == batch.epoch;
  if (is_of_it && --found->second.count == 0)
    self->state.admitted.erase(found);
}

void refuse(self_ptr self, waiting_append& one, const failure& why) {
  leave(self, one.what);
  one.answer.deliver(to_caf(why));
}

/// Those that match, of the lot and of all that waits behind it. `why` for each.
template <class Matches, class Why>
void refuse_where(self_ptr self, Matches matches, Why why) {
  auto& state = self->state;
  auto is_refused = [&](waiting_append& one) {
    if (!matches(one.what))
      return false;
    refuse(self, one, why(one.what));
    return true;
  };
  if (state.under_way)
    std::erase_if(state.under_way->appends, is_refused);
  state.queue.erase_if(is_refused);
}

/// Written by this process under that epoch: what stands in the store of it is known.
bool is_known(self_ptr self, const append_events& batch) {
  auto found = self->state.written.find(batch.stream);
  return found != self->state.written.end() && found->second == batch.epoch;
}

change_store transaction_of(self_ptr self, const lot& what) {
  auto& state = self->state;
  auto& me = state.parts.self.name;
  change_store wanted;
  wanted.conditions.push_back({writer_key(me), state.chain});
  wanted.writes.push_back(
      {store_write_kind::put, writer_key(me), writer_value({state.process, what.number, what.id, 0})});
  std::set<std::string> owners, streams;
  journal_transaction transaction{me, what.number, 0, {}};
  for (auto& one : what.appends) {
    auto owner = owner_key(scheduler_of_stream(one.what.stream));
    if (owners.insert(owner).second)
      wanted.conditions.push_back({owner, revision_of(one.what.epoch)});
    if (streams.insert(one.what.stream).second && !is_known(self, one.what))
      wanted.conditions.push_back({entry_key(one.what.stream, one.what.first_sequence), 0});
    transaction.batches.push_back(one.what);
  }
  for (auto& entry : entries_of(transaction))
    wanted.writes.push_back(std::move(entry));
  return wanted;
}

void accept(self_ptr self, std::int64_t revision) {
  auto& state = self->state;
  auto done = std::move(*state.under_way);
  state.under_way.reset();
  state.chain = revision;
  state.last_appends = done.count();
  state.expected = state.queue.appends() + state.last_appends;
  state.number = done.number;
  state.lot_most = state.queue.size() > 2 * state.lot_most ? 2 * state.lot_most : 0;
  state.refusal.clear();
  if (!done.is_in_doubt && std::exchange(state.is_slow, false))
    log_info("shared_journal", "the store takes transactions in time again");
  if (state.parts.watch.committed)
    state.parts.watch.committed(now(self) - done.begun_at, done.appends.size());
  journal_transaction written{state.parts.self.name, done.number, revision, {}};
  for (auto& one : done.appends) {
    auto last = last_of(one.what);
    if (one.what.first_sequence == 1) // it begins anew: what was there is another life's
      state.synced.erase(one.what.stream);
    if (auto synced = state.synced.find(one.what.stream); synced == state.synced.end() || synced->second < last)
      state.unsynced[one.what.stream].last = last;
    state.written[one.what.stream] = one.what.epoch;
    leave(self, one.what);
    one.answer.deliver(events_appended{last});
    written.batches.push_back(std::move(one.what));
  }
  hear(self, std::move(written));
  commit_soon(self);
}

/// The very same batches in their order, so that no earlier attempt under the same number is taken for it.
bool is_whole(const lot& mine, const journal_transaction& heard) {
  return std::equal(mine.appends.begin(), mine.appends.end(), heard.batches.begin(), heard.batches.end(),
                    [](const waiting_append& one, const append_events& batch) {
                      return batch.stream == one.what.stream && batch.first_sequence == one.what.first_sequence &&
                             batch.epoch == one.what.epoch && batch.records == one.what.records;
                    });
}

/// What was not refused goes again, first.
void go_back(self_ptr self) {
  auto& state = self->state;
  auto left = std::move(state.under_way->appends);
  state.under_way.reset();
  for (auto one = left.rbegin(); one != left.rend(); ++one)
    state.queue.put_back(std::move(*one));
  commit_soon(self);
}

void end_for_good(self_ptr self, const store_entry* found) {
  auto& state = self->state;
  state.replaced = fmt::format("another process writes in the name of node {}", state.parts.self.name.str());
  log_error("shared_journal", "this node was replaced",
            {{"node", state.parts.self.name.str()}, {"key", found == nullptr ? "gone" : found->value}});
  auto under_way = std::move(state.under_way);
  state.under_way.reset();
  if (under_way) // it may have happened before the other one came
    for (auto& one : under_way->appends)
      refuse(self, one, {under_way->is_in_doubt ? ec::deadline_exceeded : ec::unavailable, state.replaced});
  refuse_where(
      self, [](auto&) { return true; },
      [&](auto&) {
        return failure{ec::unavailable, state.replaced};
      });
}

const store_entry* find(const store_outcome& outcome, const std::string& key) {
  auto at = std::find_if(outcome.found.begin(), outcome.found.end(), [&](auto& one) { return one.key == key; });
  return at == outcome.found.end() ? nullptr : &*at;
}

/// None of its attempts has happened or ever will: whose fault it was is told so, the rest goes again.
void refuse_deposed(self_ptr self, const store_outcome& outcome) {
  auto& state = self->state;
  std::set<std::pair<std::string, std::uint64_t>> deposed; // scheduler and epoch
  std::set<std::string> taken;                             // streams
  for (auto& one : state.under_way->appends) {
    auto scheduler = scheduler_of_stream(one.what.stream);
    auto* owner = find(outcome, owner_key(scheduler));
    // What a deposed one wanted to write its successors have written: that says nothing of this node's newer epoch.
    if (owner == nullptr || owner->revision != revision_of(one.what.epoch))
      deposed.insert({scheduler.str(), one.what.epoch.number});
    else if (find(outcome, entry_key(one.what.stream, one.what.first_sequence)) != nullptr)
      taken.insert(one.what.stream);
  }
  std::size_t refused = 0;
  refuse_where(
      self,
      [&](auto& batch) {
        return deposed.contains({scheduler_of_stream(batch.stream).str(), batch.epoch.number});
      },
      [&](auto& batch) {
        ++refused;
        return failure{ec::deposed, fmt::format("stream {}: epoch {} is over: it has another owner now",
                                                batch.stream, batch.epoch.number)};
      });
  if (state.parts.watch.deposed && refused > 0)
    state.parts.watch.deposed(refused);
  refuse_where(
      self, [&](auto& batch) { return taken.contains(batch.stream); },
      [&](auto& batch) {
        return failure{ec::internal, fmt::format("stream {}: sequence {} is in the store already", batch.stream,
                                                 batch.first_sequence)};
      });
}

void settle(self_ptr self, const store_outcome& outcome) {
  auto& state = self->state;
  if (outcome.is_applied)
    return accept(self, outcome.revision);
  auto* mine = find(outcome, writer_key(state.parts.self.name));
  if ((mine == nullptr ? 0 : mine->revision) == state.chain) {
    refuse_deposed(self, outcome);
    return go_back(self);
  }
  store_listing only{outcome.revision, {}, false};
  if (mine != nullptr)
    only.entries.push_back(*mine);
  auto written = read_archive(only).writers[state.parts.self.name];
  if (written.process == state.process && written.lot == state.under_way->id)
    return accept(self, written.revision); // an earlier attempt whose answer was lost
  end_for_good(self, mine);
}

/// The store says that it did nothing. Of a transaction that makes it too full etcd says so, too, and has done it.
bool is_refusal(ec code) {
  return code == ec::resource_exhausted || code == ec::invalid_argument;
}

void refuse_all(self_ptr self, const failure& why) {
  auto& state = self->state;
  state.refusal = why.text;
  state.refused_at = now(self);
  log_error("shared_journal", "the store takes nothing", {{"error", why.text}});
  refuse_where(
      self, [](auto&) { return true; }, [&](auto&) { return why; });
  state.under_way.reset();
}

/// It is too much at once, or holds what the store never takes: it goes again in halves, until that is alone and refused alone.
void divide(self_ptr self, const failure& why) {
  auto& state = self->state;
  auto& appends = state.under_way->appends;
  if (appends.size() > 1) {
    state.lot_most = appends.size() / 2;
    log_warn("shared_journal", "the store does not take a transaction; it goes in parts",
             {{"error", why.text}, {"batches", appends.size()}});
    return go_back(self);
  }
  auto stream = appends.front().what.stream;
  auto first = appends.front().what.first_sequence;
  auto epoch = appends.front().what.epoch;
  log_error("shared_journal", "the store does not take a batch",
            {{"stream", stream}, {"bytes", appends.front().bytes}, {"error", why.text}});
  refuse_where(
      self, [&](auto& batch) { return batch.stream == stream && batch.epoch == epoch; },
      [&](auto& batch) {
        if (batch.first_sequence == first)
          return why;
        return failure{ec::unavailable, fmt::format("stream {}: what was to stand before it was refused", stream)};
      });
  go_back(self);
}

void doubt(self_ptr self, const failure& why);

/// Of the store, about the lot that is under way now: nothing is done when it is another one by then.
template <class Answer, class Request, class Then>
void ask_of_lot(self_ptr self, const Request& wanted, Then then) {
  auto is_of_now = [self, id = self->state.under_way->id] {
    return self->state.under_way && self->state.under_way->id == id;
  };
  put_question(self, self->state.parts.store, caf::infinite, wanted)
      .then(
          [=](const Answer& heard) {
            if (is_of_now())
              then(heard);
          },
          [=](const caf::error& why) {
            if (is_of_now())
              doubt(self, {ec::unavailable, from_caf(why).text});
          });
}

/// Nothing else of this node is on its way, so this node's number in the store says what became of the only attempt.
void ask_what_became(self_ptr self, const failure& refusal) {
  auto key = writer_key(self->state.parts.self.name);
  ask_of_lot<store_listing>(self, read_store{key}, [self, key, refusal](const store_listing& found) {
    store_outcome outcome{false, found.revision, found.entries};
    auto* mine = find(outcome, key);
    if ((mine == nullptr ? 0 : mine->revision) != self->state.chain)
      settle(self, outcome);
    else if (refusal.code == ec::invalid_argument)
      divide(self, refusal);
    else
      refuse_all(self, refusal);
  });
}

/// It never fits, and an earlier attempt may be on its way still: that one is fenced before the lot is divided.
void fence_and_divide(self_ptr self, const failure& refusal) {
  auto& state = self->state;
  auto key = writer_key(state.parts.self.name);
  change_store wanted{{{key, state.chain}},
                      {{store_write_kind::put, key, writer_value({state.process, state.number, 0, 0})}}};
  ask_of_lot<store_outcome>(self, wanted, [self, refusal](const store_outcome& outcome) {
    if (!outcome.is_applied)
      return settle(self, outcome);
    self->state.chain = outcome.revision;
    divide(self, refusal);
  });
}

void doubt(self_ptr self, const failure& why) {
  auto& state = self->state;
  auto& lot = *state.under_way;
  if (!lot.is_in_doubt && is_refusal(why.code))
    return ask_what_became(self, why);
  if (why.code == ec::invalid_argument)
    return fence_and_divide(self, why);
  if (!lot.is_in_doubt)
    lot.doubted_at = now(self);
  lot.is_in_doubt = true;
  state.doubted_at = now(self);
  if (!std::exchange(state.is_slow, true))
    log_warn("shared_journal", "the store does not say what became of a transaction; it is asked until it does",
             {{"error", why.text}, {"batches", lot.appends.size()}, {"waiting", state.queue.size()}});
  auto& settings = state.parts.settings;
  lot.pause = std::clamp<duration>(lot.pause * 2, settings.retry_min, settings.retry_max);
  auto rested = now(self) - lot.sent_at; // by waiting for the answer
  call_later(self, std::max<duration>(lot.pause - rested, settings.retry_min), timer::again, lot.id);
}

} // namespace

// Behind everything that is in the mailbox already, at least.
void commit_soon(self_ptr self) {
  auto& state = self->state;
  if (state.under_way || state.queue.is_empty())
    return;
  auto& settings = state.parts.settings;
  bool is_waited_for = state.last_appends >= settings.commit_siblings && state.queue.appends() < state.expected;
  auto wanted = is_waited_for ? commit_due::later : commit_due::now;
  if (state.due >= wanted)
    return;
  state.due = wanted;
  auto next = state.last_lot + 1;
  if (is_waited_for)
    call_later(self, settings.commit_delay, timer::commit, next);
  else
    self->send(self, timer_fired{static_cast<std::uint8_t>(timer::commit), next});
}

void commit(self_ptr self, std::uint64_t number) {
  auto& state = self->state;
  if (number != state.last_lot + 1)
    return; // it went when enough had come
  state.due = commit_due::no;
  if (state.under_way || state.queue.is_empty())
    return;
  auto& lot = state.under_way.emplace();
  lot.number = state.number + 1;
  lot.id = ++state.last_lot;
  lot.begun_at = now(self);
  // Batches of one scheduler under two epochs cannot hold in one transaction.
  std::map<std::string, owner_epoch> epochs;
  rules::journal_lot room({state.parts.settings.lot_operations, state.parts.settings.lot_bytes});
  while (!state.queue.is_empty() && (state.lot_most == 0 || lot.appends.size() < state.lot_most)) {
    auto& [next, answer, bytes] = state.queue.front();
    auto epoch = epochs.try_emplace(scheduler_of_stream(next.stream).str(), next.epoch).first->second;
    if (epoch != next.epoch || !room.take(next, bytes, is_known(self, next)))
      break;
    lot.appends.push_back(state.queue.take());
  }
  send_again(self);
}

void send_again(self_ptr self) {
  auto& state = self->state;
  if (!state.under_way)
    return;
  state.under_way->sent_at = now(self);
  auto is_of_now = [self, id = state.under_way->id] {
    return self->state.under_way && self->state.under_way->id == id;
  };
  put_question(self, state.parts.store, caf::infinite, transaction_of(self, *state.under_way))
      .then(
          [self, is_of_now](const store_outcome& outcome) {
            if (is_of_now())
              settle(self, outcome);
          },
          [self, is_of_now](const caf::error& why) {
            if (is_of_now())
              doubt(self, from_caf(why));
          });
}

bool settle_by_watch(self_ptr self, const journal_transaction& heard) {
  auto& state = self->state;
  auto& lot = state.under_way;
  if (!lot || heard.writer != state.parts.self.name || heard.number != lot->number ||
      heard.revision <= state.chain || !is_whole(*lot, heard))
    return false;
  accept(self, heard.revision);
  return true;
}

} // namespace maestro::sharing
