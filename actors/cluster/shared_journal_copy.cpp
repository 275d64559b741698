// Out of the store: what is written there goes into this node's own journal, in order. A watch tells of it soon; a look at
// the writers' numbers tells whether the watch told everything, and whatever it did not tell is read.
#include "actors/cluster/shared_journal_state.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace maestro::sharing {

namespace {

/// Before a stream is taken for one that all have dropped: each round asks another one, where there are several.
constexpr std::size_t sources_asked = 2;
constexpr std::size_t taken_max = 4096; ///< what else the watch tells of is read again

std::size_t bytes_of(const journal_transaction& what) {
  std::size_t bytes = 0;
  for (auto& batch : what.batches)
    bytes += rules::bytes_of(batch);
  return bytes;
}

void note_synced(self_ptr self, const std::string& stream, std::uint64_t last) {
  auto& state = self->state;
  state.synced[stream] = last;
  note_tail(self, stream, last);
  auto found = state.unsynced.find(stream);
  if (found == state.unsynced.end())
    return;
  std::vector<waiting_reader> served;
  auto& waiting = found->second.waiting;
  while (!waiting.empty() && waiting.front().last <= last) {
    served.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  if (found->second.last <= last)
    state.unsynced.erase(found);
  state.waiting_for_copy -= served.size();
  for (auto& one : served)
    one.go();
}

// What is there may have come from another one's disk: then nothing of it is copied that would say so.
void read_positions(self_ptr self, const std::string& after, std::function<void()> then) {
  ask_in_round<copy_list>(self, self->state.parts.copy, list_copies{after, positions_per_page},
                          [self, then](const copy_list& page) {
                            auto& state = self->state;
                            for (auto& one : page.items) {
                              state.progress.place(one.stream, {one.last, one.epoch, one.has_ended});
                              state.snapshots[one.stream] = one.snapshot;
                              note_synced(self, one.stream, one.last);
                            }
                            page.next.empty() ? then() : read_positions(self, page.next, then);
                          });
}

void list_more(self_ptr self);
void copy_more(self_ptr self);

void note_copied(self_ptr self, std::uint64_t round) {
  auto& state = self->state;
  if (state.round == round) {
    ++state.answered;
    note_complete(self);
    if (!state.is_copy_due)
      copy_more(self);
  }
  note_written(self);
}

void copy(self_ptr self, append_events batch) {
  auto& state = self->state;
  ++state.issued;
  ++state.copying;
  auto stream = batch.stream;
  put_question(self, state.parts.copy, caf::infinite, std::move(batch))
      .then(
          [self, round = state.round, stream](const events_appended& answer) {
            note_synced(self, stream, answer.last_sequence);
            note_copied(self, round);
          },
          [self, round = state.round](const caf::error& why) {
            if (self->state.round == round)
              begin_again(self, from_caf(why));
            note_copied(self, 0);
          });
}

void copy_more(self_ptr self) {
  auto& state = self->state;
  auto& settings = state.parts.settings;
  while (!state.to_copy.empty() && state.issued - state.answered < settings.copying_batches) {
    auto batch = std::move(state.to_copy.front());
    state.to_copy.pop_front();
    state.to_copy_bytes -= std::min(state.to_copy_bytes, rules::bytes_of(batch));
    copy(self, std::move(batch));
  }
  if (state.is_resting && state.to_copy_bytes < settings.copying_bytes / 2)
    list_more(self);
}

bool is_waited_for(self_ptr self) {
  auto& state = self->state;
  return state.at != phase::following || !state.loads.empty() || state.waiting_for_copy > 0 ||
         state.to_copy_bytes > state.parts.settings.copying_bytes / 4;
}

void copy_soon(self_ptr self) {
  auto& state = self->state;
  if (is_waited_for(self))
    return copy_more(self);
  if (!state.to_copy.empty() && !std::exchange(state.is_copy_due, true))
    call_later(self, state.parts.settings.copy_delay, timer::copy);
}

/// Where the owner drops operations whose time is over every copy does.
void purge_with(self_ptr self, const append_events& batch) {
  for (auto& finished : batch.finished)
    if (std::holds_alternative<storage_clean_up_operation>(finished.what.definition))
      put_question(self, self->state.parts.copy, caf::infinite,
                   purge_operations{finished.what.scheduler, batch.at})
          .then([](const operations_purged&) {}, [](const caf::error&) {});
}

/// False: something before it is missing.
bool take(self_ptr self, journal_transaction what) {
  auto& state = self->state;
  auto revision = what.revision;
  std::vector<append_events> batches;
  if (state.progress.take(std::move(what), batches) == rules::copy_progress::step::missing)
    return false;
  state.heard = std::max(state.heard, revision);
  if (state.at == phase::following)
    for (auto& end : state.progress.take_ends())
      batches.push_back(std::move(end));
  for (auto& batch : batches) {
    purge_with(self, batch);
    state.to_copy_bytes += rules::bytes_of(batch);
    state.to_copy.push_back(std::move(batch));
  }
  copy_soon(self);
  return true;
}

void hold(self_ptr self, journal_transaction what) {
  auto& state = self->state;
  auto bytes = bytes_of(what);
  if (state.is_overheard || state.held_bytes + bytes > state.parts.settings.copying_bytes) {
    state.is_overheard = true; // the listing goes on until it is found
    return;
  }
  state.held_bytes += bytes;
  state.held.push_back(std::move(what));
}

void begin_following(self_ptr self) {
  auto& state = self->state;
  auto held = std::exchange(state.held, {});
  state.held_bytes = 0;
  if (std::exchange(state.is_overheard, false))
    return list_more(self);
  state.at = phase::following;
  state.former.clear();
  state.missed.clear();
  for (auto& end : state.progress.take_ends())
    state.to_copy.push_back(std::move(end));
  copy_more(self);
  for (auto& what : held)
    if (what.revision > state.listed && !take(self, std::move(what)))
      return begin_listing(self);
  state.must_check = true;
  look(self);
}

/// Of one revision.
void note_entries(journal_state& state, const store_entry* first, const store_entry* end) {
  auto& tail = state.tail[first->revision];
  tail = {};
  for (auto* one = first; one != end; ++one) {
    tail.keys.push_back(one->key);
    tail.bytes += one->key.size() + one->value.size();
  }
}

const store_entry* end_of_transaction(const store_entry* first, const store_entry* end) {
  return std::find_if(first, end, [&](auto& entry) { return entry.revision != first->revision; });
}

/// As far as nothing is missing that the store does not have any more; answers where that is.
const store_entry* take_page(self_ptr self, const store_listing& page) {
  auto& state = self->state;
  auto first = page.entries.data(), end = first + page.entries.size();
  while (first != end) {
    auto next = end_of_transaction(first, end);
    note_entries(state, first, next);
    auto what = rules::assemble(first, next);
    if (!what || !take(self, std::move(*what)))
      return first;
    state.listed = std::max(state.listed, first->revision);
    first = next;
  }
  return end;
}

void miss_something(self_ptr self) {
  fall_behind(self);
  begin_again(self, {ec::unavailable, self->state.behind});
}

/// Nothing before it is needed: an empty snapshot says so.
void go_on_from(self_ptr self, const std::string& stream, std::uint64_t last, owner_epoch epoch) {
  save_snapshot nothing{stream, last, never, {}, epoch, 0, true, true};
  ask_in_round<done>(self, self->state.parts.copy, nothing, [self, stream, last](done) {
    log_info("shared_journal", "a stream goes on that had ended, and is not on this disk any more",
             {{"stream", stream}, {"after", static_cast<std::int64_t>(last)}});
    self->state.missed.erase(stream);
    self->state.progress.place(stream, {last, {}, true});
    self->state.snapshots[stream] = last;
    list_more(self);
  });
}

/// Others are asked for it first. Of a stream that is not there either, and not here at all, everything before was on this disk, and was dropped when it had ended for long: what this
/// disk never had the store still has. Unless it has forgotten some of it until now, after the page was read; and the disk itself must
/// say how far it is: one that was set back to before it ever did is believed what the store was told, and was never there.
void mend_gap(self_ptr self, const store_entry* first, const store_entry* end) {
  auto what = rules::assemble(first, end_of_transaction(first, end));
  auto* gap = what ? self->state.progress.gap_of(*what) : nullptr;
  if (gap == nullptr || gap->first_sequence <= 1 || self->state.progress.has(gap->stream))
    return miss_something(self);
  if (++self->state.missed[gap->stream] <= sources_asked)
    return miss_something(self);
  ask_in_round<store_listing>(self, self->state.parts.reading, read_store{trimmed_key},
                              [self, stream = gap->stream, last = gap->first_sequence - 1,
                               epoch = gap->epoch](const store_listing& found) {
                                auto& state = self->state;
                                state.archive.trimmed =
                                    std::max(state.archive.trimmed, read_archive(found).trimmed);
                                if (state.archive.trimmed > state.saved)
                                  return miss_something(self);
                                go_on_from(self, stream, last, epoch);
                              });
}

void take_listing(self_ptr self, const store_listing& page) {
  auto& state = self->state;
  auto* end = page.entries.data() + page.entries.size();
  if (auto* left = take_page(self, page); left != end)
    return mend_gap(self, left, end);
  if (!page.has_more) {
    state.listed = std::max(state.listed, page.revision);
    return begin_following(self);
  }
  if (state.to_copy_bytes < state.parts.settings.copying_bytes)
    return list_more(self);
  state.is_resting = true;
}

void list_more(self_ptr self) {
  auto& state = self->state;
  state.is_resting = false;
  auto page_entries = static_cast<std::uint32_t>(state.parts.settings.entries_per_page);
  ask_in_round<store_listing>(self, state.parts.reading, read_store{journal_entries, state.listed, page_entries},
                              [self](const store_listing& page) { take_listing(self, page); });
}

void list_from_the_start(self_ptr self, const store_listing& archive) {
  auto& state = self->state;
  state.archive = read_archive(archive);
  state.listed = 0;
  state.progress.assume(state.archive);
  list_more(self);
}

bool is_entry(const std::string& key) {
  return key.starts_with(journal_entries);
}

/// This node wrote it, and took it when the store answered: it need not be read again.
bool is_taken(journal_state& state, std::int64_t revision) {
  bool is_so = state.taken.contains(revision);
  state.taken.erase(state.taken.begin(), state.taken.upper_bound(revision));
  return is_so;
}

/// What goes is what came first. Who has trimmed knows it before the watch tells, and is not to look through all there is.
void forget(std::map<std::int64_t, store_keys>& tail, const std::vector<std::string>& gone) {
  std::set<std::string_view> left(gone.begin(), gone.end());
  for (auto revision = tail.begin(); revision != tail.end() && !left.empty();) {
    auto& keys = revision->second.keys;
    if (std::erase_if(keys, [&](auto& key) { return left.erase(key) > 0; }) == 0)
      return;
    revision = keys.empty() ? tail.erase(revision) : std::next(revision);
  }
}

} // namespace

void note_written(self_ptr self) {
  auto& state = self->state;
  if (--state.copying == 0 && state.when_copied)
    std::exchange(state.when_copied, nullptr)();
}

void when_copied(self_ptr self, std::function<void()> then) {
  auto& state = self->state;
  ++state.round;
  state.to_copy.clear();
  state.to_copy_bytes = 0;
  state.issued = state.answered = 0;
  state.findings.clear();
  state.is_looking = false;
  state.is_resting = false;
  if (state.copying == 0)
    return then();
  state.when_copied = std::move(then);
}

void fall_behind(self_ptr self) {
  auto& state = self->state;
  state.behind =
      fmt::format("this node's copy of the journal ends before revision {}, which the store begins after",
                  state.archive.trimmed);
  if (state.complete < state.archive.trimmed && !rules::keeper_beside(state.parts.self.name, state.archive))
    state.behind +=
        ", and no other node's disk has what is missing: found the cluster again from the data directory "
        "that has the most, with an etcd that knows nothing of the cluster (maestro cluster init --from "
        "DATA_DIR)";
  log_warn("shared_journal", "the copy is behind", {{"error", state.behind}});
}

/// Everything that is in the store, and not yet here.
void begin_listing(self_ptr self) {
  self->state.at = phase::listing;
  when_copied(self, [self] {
    auto& state = self->state;
    state.is_overheard = false;
    state.held.clear();
    state.held_bytes = 0;
    state.tail.clear();
    if (state.former.is_empty())
      state.former = std::move(state.progress);
    state.progress = {};
    state.synced.clear();
    read_positions(self, {}, [self] {
      ask_in_round<store_listing>(self, self->state.parts.reading, read_store{archive_keys, 0, 0},
                                  [self](const store_listing& listing) { list_from_the_start(self, listing); });
    });
  });
}

void watch(self_ptr self) {
  auto& state = self->state;
  if (std::exchange(state.is_watching, true))
    return;
  auto me = caf::actor_cast<shared_journal_actor>(self);
  put_question(self, state.parts.reading, caf::infinite, watch_store{journal_entries, me, true})
      .then([](done) {}, [self](const caf::error&) { self->state.is_watching = false; });
}

void hear(self_ptr self, journal_transaction what) {
  auto& state = self->state;
  if (what.writer == state.parts.self.name && !state.tail.contains(what.revision)) {
    if (state.taken.size() < taken_max)
      state.taken.insert(what.revision);
    std::map<std::string_view, std::uint64_t> firsts;
    auto& tail = state.tail[what.revision];
    for (auto& batch : what.batches) {
      if (firsts.try_emplace(batch.stream, batch.first_sequence).second)
        tail.keys.push_back(entry_key(batch.stream, batch.first_sequence));
      for (auto& record : batch.records)
        tail.bytes += record.size();
    }
  }
  if (state.at != phase::following)
    return hold(self, std::move(what));
  if (!take(self, std::move(what)))
    begin_listing(self);
}

void hear(self_ptr self, const store_changes& changes) {
  auto& state = self->state;
  forget(state.tail, changes.gone);
  if (changes.is_whole) {
    state.taken.clear();
    return look(self);
  }
  auto& all = changes.present;
  for (auto first = all.data(), end = first + all.size(); first != end;) {
    auto next = std::find_if(first, end, [&](auto& entry) { return entry.revision != first->revision; });
    if (is_entry(first->key))
      note_entries(state, first, next);
    if (is_entry(first->key) && !is_taken(state, first->revision)) {
      auto what = rules::assemble(first, next);
      if (what && !settle_by_watch(self, *what))
        hear(self, std::move(*what));
      else if (!what && state.at == phase::following)
        begin_listing(self);
    }
    first = next;
  }
}

void when_synced(self_ptr self, const std::string& stream, std::function<void()> then) {
  auto found = self->state.unsynced.find(stream);
  if (found == self->state.unsynced.end())
    return then();
  found->second.waiting.push_back({found->second.last, std::move(then)});
  ++self->state.waiting_for_copy;
  copy_more(self);
}

void let_go_of_what_is_over(self_ptr self) {
  auto& state = self->state;
  std::vector<std::string> over;
  for (auto& [stream, one] : state.unsynced) {
    auto last = state.progress.of(stream).last;
    if (one.last <= last)
      continue;
    one.last = last;
    for (auto& reader : one.waiting)
      reader.last = std::min(reader.last, last);
    over.push_back(stream);
  }
  for (auto& stream : over)
    if (auto there = state.synced[stream]; there >= state.progress.of(stream).last)
      note_synced(self, stream, there);
}

void copy_gathered(self_ptr self) {
  self->state.is_copy_due = false;
  copy_more(self);
}

} // namespace maestro::sharing
