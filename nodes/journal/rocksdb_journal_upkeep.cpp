// What keeps the journal small: snapshots, and the end of what is past its time. Called from the upkeep's thread.
#include "messages/journal_codec.hpp"
#include "nodes/journal/rocksdb_journal_parts.hpp"

#include <optional>

namespace maestro {

namespace {

constexpr std::uint64_t purge_step = 1000;
constexpr std::uint32_t rebuild_page = 10000;

} // namespace

result<done> rocksdb_journal::save(const save_snapshot& snapshot) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (!impl_->reserve->has_room())
    return failure{ec::unavailable, impl_->reserve->reason()};
  auto head = impl_->head_of(snapshot.stream);
  if (!head)
    return head.error();
  auto last = impl_->last_sequence_of(snapshot.stream);
  if (!last)
    return last.error();
  // Of a copy whose events are all past their retention the snapshot is the first that comes.
  bool is_first_of_copy = snapshot.is_taken_over && *last == 0;
  if (snapshot.sequence == 0 || (snapshot.sequence > *last && !is_first_of_copy))
    return failure{ec::invalid_argument, "a snapshot of stream " + snapshot.stream + " at sequence " +
                                             std::to_string(snapshot.sequence) + " is none of 1 to " +
                                             std::to_string(*last)};
  auto owner = impl_->ownership_of(snapshot.stream);
  if (!owner)
    return owner.error();
  if (snapshot.epoch < owner->epoch)
    return deposed(snapshot.stream, snapshot.epoch, owner->epoch);
  if (snapshot.sequence <= head->sequence)
    return done{};

  unfinished_snapshot begun{snapshot.sequence, 0, 0};
  if (snapshot.part > 0) {
    std::scoped_lock unfinished_lock(impl_->unfinished_mutex);
    if (auto found = impl_->unfinished.find(snapshot.stream); found != impl_->unfinished.end())
      begun = found->second;
  }
  if (begun.sequence != snapshot.sequence || begun.parts != snapshot.part)
    return failure{ec::invalid_argument,
                   "part " + std::to_string(snapshot.part) + " of the snapshot of stream " + snapshot.stream +
                       " at sequence " + std::to_string(snapshot.sequence) + " does not follow part " +
                       std::to_string(begun.parts) + " at " + std::to_string(begun.sequence)};

  auto& base = *impl_->base;
  auto chunk_bytes = std::max<std::size_t>(impl_->config.snapshot_chunk_bytes, 1);
  std::string_view left = snapshot.snapshot;
  rocksdb::WriteBatch batch;
  for (; !left.empty(); ++begun.chunks) {
    if (batch.Count() > 0) {
      // Synced piece by piece, so that no commit has to wait for a sync of the whole.
      if (auto written = impl_->write(batch, impl_->config.sync); !written)
        return written.error();
      batch.Clear();
    }
    auto piece = left.substr(0, chunk_bytes);
    left.remove_prefix(piece.size());
    batch.Put(base.snapshots, keys::snapshot_chunk(snapshot.stream, snapshot.sequence, begun.chunks),
              slice(piece));
  }
  ++begun.parts;
  if (snapshot.is_last) {
    batch.Put(base.snapshots, keys::snapshot_head(snapshot.stream),
              to_row({snapshot.sequence, snapshot.at, begun.chunks}));
    batch.DeleteRange(base.snapshots, keys::snapshot_chunk(snapshot.stream, 0, 0),
                      keys::snapshot_chunk(snapshot.stream, snapshot.sequence, 0));
  }
  auto written = impl_->write(batch, impl_->config.sync);
  if (snapshot.is_taken_over) {
    std::scoped_lock positions_lock(impl_->positions_mutex);
    impl_->positions.erase(snapshot.stream); // read again when it is next asked for
  }
  std::scoped_lock unfinished_lock(impl_->unfinished_mutex);
  if (written && !snapshot.is_last)
    impl_->unfinished[snapshot.stream] = begun;
  else
    impl_->unfinished.erase(snapshot.stream);
  return written;
}

result<operations_purged> rocksdb_journal::purge(const purge_operations& request) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  operations_purged purged;
  for (std::uint64_t step = purge_step; step == purge_step; purged.count += step) {
    // The batch under construction may drop all of them: then there is nothing left to purge, or to count.
    std::scoped_lock positions_lock(impl_->positions_mutex);
    if (impl_->dropping.contains(request.scheduler))
      break;
    rocksdb::WriteBatch batch;
    auto removed = impl_->finished->purge(batch, request.scheduler, request.now, purge_step);
    if (!removed)
      return removed.error();
    step = *removed;
    if (step == 0)
      break;
    if (auto written = impl_->write(batch, false); !written)
      return written.error();
  }
  return purged;
}

result<std::uint64_t> rocksdb_journal::drop_events(const std::string& stream, timestamp before) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto head = impl_->head_of(stream);
  if (!head)
    return head.error();
  auto& base = *impl_->base;
  auto first = keys::event(stream, 0);
  auto past = keys::event(stream, head->sequence + 1);
  rocksdb::Slice upper_bound(past);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator(options, base.events));
  std::uint64_t count = 0;
  for (it->Seek(first); it->Valid() && keys::time_at(keys::view(it->value())) < before; it->Next())
    ++count;
  if (!it->status().ok())
    return unreadable(stream, it->status().ToString());
  if (count == 0)
    return count;
  rocksdb::WriteBatch batch;
  batch.DeleteRange(base.events, first, it->Valid() ? it->key() : rocksdb::Slice(past));
  if (auto written = impl_->write(batch, false); !written)
    return written.error();
  impl_->statistics.dropped += count;
  return count;
}

result<bool> rocksdb_journal::drop_ended(const std::string& stream, timestamp before) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  // Nobody can take the stream up again between the look and the write.
  std::scoped_lock positions_lock(impl_->positions_mutex);
  auto known = impl_->positions.find(stream);
  if (known != impl_->positions.end() && known->second.is_listed)
    return false;
  auto owner = impl_->ownership_of(stream);
  if (!owner)
    return owner.error();
  if (owner->is_listed || owner->ended_at == never || owner->ended_at >= before)
    return false;
  auto& base = *impl_->base;
  rocksdb::WriteBatch batch;
  batch.DeleteRange(base.events, keys::first_of(stream), keys::past(stream));
  batch.DeleteRange(base.snapshots, keys::first_of(stream), keys::past(stream));
  batch.Delete(base.meta, keys::ended_stream(stream));
  if (auto written = impl_->write(batch, false); !written)
    return written.error();
  impl_->positions.erase(stream);
  impl_->statistics.streams_dropped += 1;
  return true;
}

result<done> rocksdb_journal::rebuild_operations(const scheduler_name& scheduler) {
  auto stream = "scheduler/" + scheduler.str();
  std::optional<finished_operation> last_ended;
  rocksdb::WriteBatch batch;
  for (read_events query{stream, 1, rebuild_page};;) {
    auto page = read(query);
    if (!page)
      return page.error();
    std::shared_lock lock(impl_->open);
    if (!impl_->base)
      return impl_->closed();
    for (auto& stored : page->items) {
      scheduler_event event;
      if (!decode(stored.record, event))
        return unreadable(stream, "record " + std::to_string(stored.sequence) + " is no event of a scheduler");
      if (auto* ended = std::get_if<operation_ended>(&event); ended && ended->record)
        impl_->finished->put(batch, *(last_ended = ended->record));
      // The deletion keeps nothing but itself.
      if (std::holds_alternative<scheduler_deleted>(event) && last_ended &&
          std::holds_alternative<delete_scheduler_operation>(last_ended->what.definition)) {
        impl_->finished->drop_all(batch, scheduler);
        impl_->finished->put(batch, *last_ended);
      }
    }
    if (page->items.empty() || page->items.back().sequence == page->last)
      break;
    query.from = page->items.back().sequence + 1;
  }
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (batch.Count() > 0)
    if (auto written = impl_->write(batch, false); !written)
      return written;
  batch.Clear();
  if (auto counted = impl_->finished->count_again(batch, scheduler); !counted)
    return counted;
  return impl_->write(batch, false);
}

result<done> rocksdb_journal::bring_up_to_date() {
  if (impl_->base->format >= keys::format_version)
    return done{};
  auto schedulers = streams("scheduler/");
  if (!schedulers)
    return schedulers.error();
  for (auto& stream : schedulers->names) // format 1 had no counts
    if (auto rebuilt = rebuild_operations(scheduler_name{stream.substr(stream.find('/') + 1)}); !rebuilt)
      return rebuilt;
  // From here on an older program, which knows nothing of ended streams, must not open it any more.
  rocksdb::WriteBatch batch;
  batch.Put(impl_->base->meta, slice(keys::format_key), std::to_string(keys::format_version));
  return impl_->write(batch, true);
}

} // namespace maestro
