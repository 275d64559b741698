#include "nodes/journal/simulated_journal.hpp"

#include "actors/call_later.hpp"
#include "messages/type_ids.hpp"
#include "nodes/journal/event_feed.hpp"
#include "nodes/journal/forgotten_requests.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

void simulated_disk::write(const append_events& batch) {
  auto& target = streams[batch.stream];
  if (batch.first_sequence <= target.records.size())
    target = {}; // it begins anew
  target.records.insert(target.records.end(), batch.records.begin(), batch.records.end());
  target.times.resize(target.records.size(), batch.at);
  if (!batch.records.empty())
    target.epoch = std::max(target.epoch, batch.epoch);
  target.has_ended = target.has_ended && batch.records.empty();
  for (auto& name : batch.ends_streams) {
    streams[name].has_ended = true;
    streams[name].epoch = std::max(streams[name].epoch, batch.epoch);
  }
  if (!batch.drop_operations_of.empty())
    operations.erase(batch.drop_operations_of);
  for (auto& kept : batch.finished)
    operations[kept.what.scheduler][kept.what.id] = kept;
  records_synced += batch.records.size();
  batches_synced += 1;
}

void simulated_disk::note_unsynced(const append_events& batch) {
  unsynced_.try_emplace(batch.stream, batch.first_sequence);
}

void simulated_disk::lose_unsynced() {
  for (auto& [name, first_lost] : unsynced_) {
    auto& target = streams[name];
    target.records.resize(std::min<std::size_t>(target.records.size(), first_lost - 1));
    target.times.resize(target.records.size());
  }
  unsynced_.clear();
  for (auto& [name, stored] : streams) {
    if (stored.snapshot_sequence <= stored.records.size())
      continue;
    stored.snapshot.clear(); // only a broken rule lets a snapshot run ahead of its events
    stored.snapshot_sequence = 0;
  }
}

namespace {

struct staged_batch {
  append_events batch;
  caf::typed_response_promise<events_appended> answer;
};

struct simulated_journal_state {
  static inline const char* name = "simulated_journal";
  simulated_journal_state() {}
  ~simulated_journal_state() {
    if (feed)
      caf::anon_send_exit(feed, caf::exit_reason::kill);
  }

  std::shared_ptr<simulated_disk> disk;
  std::mt19937_64* random = nullptr;
  std::vector<staged_batch> staged;
  std::map<std::string, std::uint64_t> sequences; ///< of the last staged record
  std::map<std::string, owner_epoch> epochs;      ///< of the last staged batch
  event_feed_actor feed;
  std::shared_ptr<watched_streams> watched = std::make_shared<watched_streams>();
  wall_clock now;
  bool is_flush_due = false;
  bool is_read_only = false;
};
using self_ptr = journal_actor::stateful_pointer<simulated_journal_state>;

enum class journal_timer : std::uint8_t { flush, mend };

const failure read_only{ec::unavailable, "the journal is read-only: a sync failed"};

std::uint64_t last_sequence(const append_events& batch) {
  return batch.first_sequence + batch.records.size() - 1;
}

// The intent is acknowledged, but what is kept says nothing.
void forget_intents(append_events& batch) {
  for (auto& record : batch.records) {
    pool_event event;
    bool is_intent =
        batch.stream.starts_with("rooms/") && decode(record, event) && std::holds_alternative<room_created>(event);
    if (is_intent)
      record = encode(pool_event{room_removed{}});
  }
}

failure deposed(const std::string& stream, owner_epoch asking, owner_epoch highest) {
  return {ec::deposed, fmt::format("stream {}: the writer's epoch {} is below {}, the highest it has seen: it has "
                                   "another owner now",
                                   stream, asking.number, highest.number)};
}

owner_epoch epoch_of(const simulated_journal_state& state, const std::string& stream) {
  auto staged = state.epochs.find(stream);
  auto stored = state.disk->streams.find(stream);
  return std::max(staged == state.epochs.end() ? owner_epoch{} : staged->second,
                  stored == state.disk->streams.end() ? owner_epoch{} : stored->second.epoch);
}

caf::result<events_appended> stage(self_ptr self, append_events& batch) {
  auto& state = self->state;
  if (state.is_read_only)
    return to_caf(read_only);
  auto touched = batch.ends_streams;
  touched.push_back(batch.stream);
  for (auto& stream : touched)
    if (auto highest = epoch_of(state, stream); batch.epoch < highest)
      return to_caf(deposed(stream, batch.epoch, highest));
  auto known = state.sequences.find(batch.stream);
  auto expected =
      known == state.sequences.end() ? state.disk->streams[batch.stream].records.size() : known->second;
  auto& stored = state.disk->streams[batch.stream];
  bool begins_anew = batch.first_sequence == 1 && stored.has_ended && stored.epoch < batch.epoch;
  if (batch.first_sequence != expected + 1 && !begins_anew)
    return to_caf({ec::internal, fmt::format("stream {}: sequence {} does not follow {}", batch.stream,
                                             batch.first_sequence, expected)});
  for (auto& stream : touched)
    state.epochs[stream] = batch.epoch;
  state.sequences[batch.stream] = last_sequence(batch);
  auto answer = self->make_response_promise<events_appended>();
  if (state.disk->broken == broken_rule::forget_intent)
    forget_intents(batch);
  if (state.disk->broken == broken_rule::reply_early)
    answer.deliver(events_appended{last_sequence(batch)});
  state.staged.push_back({std::move(batch), answer});
  if (!state.is_flush_due) {
    state.is_flush_due = true;
    call_later(self, std::chrono::microseconds{100 + (*state.random)() % 3000}, journal_timer::flush);
  }
  return answer;
}

// Batches are atomic, but a crash may leave any number of the first ones of a flush behind.
void crash(simulated_journal_state& state) {
  auto survivors = (*state.random)() % (state.staged.size() + 1);
  for (std::size_t i = 0; i < survivors; ++i)
    state.disk->write(state.staged[i].batch);
  state.disk->lose_unsynced();
  state.disk->has_crashed = true;
}

// What follows is as if nothing of it had been asked.
void refuse(simulated_journal_state& state, const failure& why) {
  state.sequences.clear();
  state.epochs.clear();
  for (auto& one : std::exchange(state.staged, {}))
    if (state.disk->broken != broken_rule::reply_early)
      one.answer.deliver(to_caf(why));
}

void refuse_all(self_ptr self) {
  auto& state = self->state;
  auto& disk = *state.disk;
  state.is_read_only = true;
  if (disk.broken == broken_rule::keep_refused)
    for (auto& one : state.staged)
      disk.write(one.batch);
  refuse(state, read_only);
  if (disk.mends_after > duration::zero())
    call_later(self, disk.mends_after, journal_timer::mend);
}

void flush(self_ptr self) {
  auto& state = self->state;
  auto& disk = *state.disk;
  state.is_flush_due = false;
  if (disk.has_crashed || state.staged.empty())
    return;
  ++disk.syncs;
  if (disk.crash_after_syncs > 0 && --disk.crash_after_syncs == 0)
    return crash(state);
  if (std::exchange(disk.fail_next_sync, false))
    return refuse_all(self);
  if (disk.refused_syncs > 0) {
    --disk.refused_syncs;
    return refuse(state, {ec::unavailable, "the journal takes nothing now"});
  }
  for (auto& one : state.staged) {
    disk.write(one.batch);
    if (disk.broken == broken_rule::skip_sync)
      disk.note_unsynced(one.batch);
    if (disk.broken != broken_rule::reply_early)
      one.answer.deliver(events_appended{last_sequence(one.batch)});
    if (state.watched->contains(one.batch.stream))
      self->send(state.feed, event_page{one.batch.stream, {}, 0, last_sequence(one.batch)});
  }
  state.staged.clear();
  state.sequences.clear(); // from here on the disk says it, from which streams go when they have ended
  state.epochs.clear();
}

loaded_stream load(const simulated_disk& disk, const std::string& name) {
  loaded_stream loaded;
  auto found = disk.streams.find(name);
  if (found == disk.streams.end())
    return loaded;
  auto& stored = found->second;
  loaded.snapshot = stored.snapshot;
  loaded.snapshot_sequence = stored.snapshot_sequence;
  loaded.last_sequence = stored.records.size();
  loaded.epoch = stored.epoch;
  loaded.has_ended = stored.has_ended;
  for (auto i = stored.snapshot_sequence; i < stored.records.size(); ++i)
    loaded.tail.push_back(stored.records[i]);
  if (disk.broken == broken_rule::forget_request)
    forget_requests(loaded, name);
  return loaded;
}

event_page read(const simulated_disk& disk, const read_events& wanted) {
  event_page page{wanted.stream, {}, 1, 0};
  auto found = disk.streams.find(wanted.stream);
  if (found == disk.streams.end())
    return page;
  auto& stored = found->second;
  page.last = stored.records.size();
  page.first_available = stored.first;
  auto limit = std::max<std::uint32_t>(wanted.limit, 1);
  for (auto next = std::max(wanted.from, stored.first); next <= page.last && page.items.size() < limit; ++next)
    page.items.push_back({next, stored.times[next - 1], stored.records[next - 1]});
  return page;
}

// A part 0 begins anew; the snapshot counts when its last part is there.
caf::result<done> save(simulated_disk& disk, const save_snapshot& snapshot) {
  auto& target = disk.streams[snapshot.stream];
  if (snapshot.epoch < target.epoch)
    return to_caf(deposed(snapshot.stream, snapshot.epoch, target.epoch));
  bool is_first_of_copy = snapshot.is_taken_over && target.records.empty();
  if (snapshot.sequence == 0 || (snapshot.sequence > target.records.size() && !is_first_of_copy))
    return to_caf({ec::invalid_argument, fmt::format("a snapshot of stream {} at sequence {} is none of 1 to {}",
                                                     snapshot.stream, snapshot.sequence, target.records.size())});
  if (snapshot.sequence <= target.snapshot_sequence)
    return done{};
  if (snapshot.part == 0) {
    target.parts.clear();
    target.parts_sequence = snapshot.sequence;
    target.parts_count = 0;
  }
  if (target.parts_sequence != snapshot.sequence || target.parts_count != snapshot.part)
    return to_caf({ec::invalid_argument,
                   fmt::format("part {} of the snapshot of stream {} at sequence {} does not follow part {} at {}",
                               snapshot.part, snapshot.stream, snapshot.sequence, target.parts_count,
                               target.parts_sequence)});
  target.parts += snapshot.snapshot;
  ++target.parts_count;
  if (!snapshot.is_last)
    return done{};
  if (target.records.empty()) { // what it contains is not there
    target.first = snapshot.sequence + 1;
    target.records.resize(snapshot.sequence);
    target.times.resize(snapshot.sequence, never);
  }
  target.snapshot = std::exchange(target.parts, {});
  target.snapshot_sequence = snapshot.sequence;
  target.parts_count = 0;
  target.parts_sequence = 0;
  return done{};
}

// By name, whether they have ended or not.
copy_list copies(const simulated_disk& disk, const list_copies& query) {
  copy_list page;
  for (auto at = disk.streams.upper_bound(query.after); at != disk.streams.end(); ++at) {
    auto& [name, stored] = *at;
    if (stored.records.empty() || stored.epoch.number == 0)
      continue;
    if (page.items.size() == std::max<std::uint32_t>(query.limit, 1)) {
      page.next = page.items.back().stream;
      break;
    }
    page.items.push_back({name, stored.first, stored.snapshot_sequence, stored.records.size(), stored.epoch,
                          stored.has_ended, never});
  }
  return page;
}

snapshot_part snapshot(const simulated_disk& disk, const read_snapshot& query) {
  auto found = disk.streams.find(query.stream);
  if (found == disk.streams.end() || found->second.snapshot_sequence == 0)
    return {};
  return {found->second.snapshot_sequence, never, found->second.snapshot, true};
}

finished_list finished(const simulated_disk& disk, const read_finished& query) {
  finished_list page;
  auto found = disk.operations.find(query.scheduler);
  if (found == disk.operations.end())
    return page;
  for (auto at = found->second.upper_bound(operation_id(query.after)); at != found->second.end(); ++at) {
    if (page.items.size() == std::max<std::uint32_t>(query.limit, 1)) {
      page.next = page.items.back().what.id.str();
      break;
    }
    page.items.push_back(at->second);
  }
  return page;
}

caf::result<done> restore(simulated_disk& disk, const restore_copy& part) {
  auto& target = disk.streams[part.stream];
  if (part.is_anew) {
    target = {};
    if (!part.items.empty()) {
      target.first = part.items.front().sequence;
      target.records.resize(target.first - 1);
      target.times.resize(target.first - 1, never);
    }
  }
  for (auto& event : part.items) {
    if (event.sequence != target.records.size() + 1)
      return to_caf({ec::internal, fmt::format("stream {}: sequence {} does not follow {}", part.stream,
                                               event.sequence, target.records.size())});
    target.records.push_back(event.record);
    target.times.push_back(event.at);
  }
  target.epoch = part.epoch;
  target.has_ended = part.has_ended;
  if (part.epoch.number == 0)
    disk.streams.erase(part.stream);
  return done{};
}

bool is_over(const finished_operation& kept, timestamp now) {
  return kept.expires_at != never && kept.expires_at <= now;
}

operation_page page_of(const simulated_disk& disk, const list_operations& wanted, timestamp now) {
  operation_page page;
  std::vector<operation> all;
  if (auto found = disk.operations.find(wanted.scheduler); found != disk.operations.end())
    for (auto& [id, kept] : found->second)
      if (kept.listed && !is_over(kept, now))
        all.push_back(kept.what);
  std::stable_sort(all.begin(), all.end(), [&](auto& a, auto& b) {
    return wanted.descending ? a.created_at > b.created_at : a.created_at < b.created_at;
  });
  page.total = static_cast<std::uint32_t>(all.size());
  auto first = static_cast<std::size_t>(wanted.page - 1) * wanted.per_page;
  for (auto i = first; i < all.size() && i < first + wanted.per_page; ++i)
    page.items.push_back(all[i]);
  return page;
}

journal_actor::behavior_type simulated_journal(self_ptr self, std::shared_ptr<simulated_disk> disk,
                                               std::mt19937_64* random, wall_clock now) {
  self->state.now = std::move(now);
  self->state.disk = std::move(disk);
  self->state.random = random;
  return {
      [self](append_events& batch) { return stage(self, batch); },
      [self](const load_stream& wanted) -> caf::result<loaded_stream> {
        auto refused = self->state.disk->refused_loads.find(wanted.stream);
        if (refused != self->state.disk->refused_loads.end() && refused->second-- > 0)
          return to_caf({ec::unavailable, "stream " + wanted.stream + " cannot be read"});
        return load(*self->state.disk, wanted.stream);
      },
      [self](const save_snapshot& snapshot) { return save(*self->state.disk, snapshot); },
      [self](const list_streams& wanted) {
        stream_list list;
        for (auto& [name, stored] : self->state.disk->streams)
          if (name.starts_with(wanted.prefix) && !stored.records.empty() && !stored.has_ended)
            list.names.push_back(name);
        return list;
      },
      [self](const read_events& wanted) { return read(*self->state.disk, wanted); },
      [self](watch_events& wish) {
        auto& state = self->state;
        if (!state.feed)
          state.feed = spawn_event_feed(
              self->system(), {[disk = state.disk](const read_events& wanted) -> result<event_page> {
                                 auto found = disk->streams.find(wanted.stream);
                                 bool has_ended = found != disk->streams.end() && found->second.has_ended;
                                 return has_ended ? event_page{wanted.stream, {}, 1, 0} : read(*disk, wanted);
                               },
                               state.watched, 10000});
        state.watched->add(wish.stream);
        return self->delegate(state.feed, std::move(wish));
      },
      [self](const list_operations& wanted) { return page_of(*self->state.disk, wanted, self->state.now()); },
      [self](const get_operation& wanted) -> caf::result<operation> {
        auto& all = self->state.disk->operations[wanted.scheduler];
        auto found = all.find(wanted.id);
        if (found == all.end() || is_over(found->second, self->state.now()))
          return to_caf(
              {ec::not_found,
               fmt::format("operation {} not found in scheduler {}", wanted.id.str(), wanted.scheduler.str()),
               failure_subject::operation});
        return found->second.what;
      },
      [self](const purge_operations& wish) {
        auto is_done_with = [&](auto& entry) { return is_over(entry.second, wish.now); };
        return operations_purged{std::erase_if(self->state.disk->operations[wish.scheduler], is_done_with)};
      },
      [](make_checkpoint) -> caf::result<checkpoint_made> {
        return to_caf({ec::unimplemented, "a simulated disk is not copied"});
      },
      [self](get_journal_status) {
        return journal_status{self->state.is_read_only, self->state.is_read_only ? read_only.text : std::string{},
                              false, self->state.disk->watermark};
      },
      [self](const list_copies& query) { return copies(*self->state.disk, query); },
      [self](const read_snapshot& query) { return snapshot(*self->state.disk, query); },
      [self](const read_finished& query) { return finished(*self->state.disk, query); },
      [self](const restore_copy& part) {
        self->state.sequences.erase(part.stream);
        self->state.epochs.erase(part.stream);
        return restore(*self->state.disk, part);
      },
      [self](const save_watermark& mark) -> caf::result<done> {
        if (self->state.is_read_only)
          return to_caf(read_only);
        self->state.disk->watermark = mark.revision;
        return done{};
      },
      [self](const timer_fired& timer) {
        if (static_cast<journal_timer>(timer.kind) == journal_timer::flush)
          return flush(self);
        self->state.is_read_only = false;
      },
  };
}

} // namespace

journal_actor spawn_simulated_journal(caf::actor_system& system, std::shared_ptr<simulated_disk> disk,
                                      std::mt19937_64& random, wall_clock now) {
  return system.spawn(simulated_journal, std::move(disk), &random, std::move(now));
}

} // namespace maestro::simulation
