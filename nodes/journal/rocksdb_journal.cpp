#include "nodes/journal/rocksdb_journal.hpp"

#include "nodes/journal/finished_operations.hpp"
#include "nodes/journal/journal_database.hpp"
#include "nodes/journal/journal_keys.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace maestro {

namespace {

namespace keys = journal_keys;

constexpr std::uint64_t purge_step = 1000;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= keys::max_name_bytes && name.find('\0') == std::string_view::npos;
}

failure not_a_name(const std::string& what, std::string_view name) {
  return {ec::invalid_argument, what + " `" + std::string(name.substr(0, 64)) + "` must have 1 to " +
                                    std::to_string(keys::max_name_bytes) + " bytes and no NUL"};
}

struct snapshot_head {
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::uint32_t chunks = 0;
};

std::string to_row(const snapshot_head& head) {
  std::string row;
  keys::put_big_endian(row, head.sequence);
  keys::put_time(row, head.at);
  keys::put_big_endian(row, head.chunks);
  return row;
}

failure unreadable(const std::string& stream, const std::string& why) {
  return {ec::internal, "cannot read stream " + stream + ": " + why};
}

} // namespace

struct rocksdb_journal::impl {
  journal_config config;
  std::unique_ptr<journal_database> base;
  std::unique_ptr<finished_operations> finished;
  mutable std::shared_mutex open; ///< shared by every call, exclusive to close
  mutable std::mutex broken_mutex;
  std::string broken; ///< not empty: why nothing is written any more
  std::atomic<bool> is_broken{false};
  journal_statistics statistics;
  std::string node_id;
  // the batch under construction
  rocksdb::WriteBatch batch;
  std::size_t records = 0;
  std::unordered_map<std::string, std::uint64_t> last_sequences; ///< with the batch under construction

  failure closed() const { return {ec::unavailable, "the journal at " + config.path + " is closed"}; }
  failure refusal() const {
    std::scoped_lock lock(broken_mutex);
    return {ec::unavailable, "the journal is read-only until the node is restarted: " + broken};
  }

  result<done> write(rocksdb::WriteBatch& rows, bool sync) {
    if (is_broken)
      return refusal();
    rocksdb::WriteOptions options;
    options.sync = sync;
    auto status = base->db->Write(options, &rows);
    if (status.ok())
      return done{};
    {
      std::scoped_lock lock(broken_mutex);
      if (!is_broken)
        broken = "writing to " + config.path + " failed: " + status.ToString();
      is_broken = true;
    }
    return refusal();
  }

  result<snapshot_head> head_of(const std::string& stream, const rocksdb::Snapshot* as_of = nullptr) const {
    rocksdb::ReadOptions options;
    options.snapshot = as_of;
    std::string row;
    auto status = base->db->Get(options, base->snapshots, keys::snapshot_head(stream), &row);
    if (status.IsNotFound())
      return snapshot_head{};
    if (!status.ok() || row.size() != 20)
      return unreadable(stream, status.ok() ? "its snapshot's head is damaged" : status.ToString());
    std::string_view bytes = row;
    return snapshot_head{keys::big_endian<std::uint64_t>(bytes), keys::time_at(bytes.substr(8)),
                         keys::big_endian<std::uint32_t>(bytes.substr(16))};
  }

  result<std::uint64_t> last_sequence_of(const std::string& stream) const {
    auto head = head_of(stream);
    if (!head)
      return head.error();
    auto lower = keys::first_of(stream);
    rocksdb::Slice lower_bound(lower);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_bound;
    std::unique_ptr<rocksdb::Iterator> it(base->db->NewIterator(options, base->events));
    it->SeekForPrev(keys::event(stream, ~std::uint64_t{0}));
    if (!it->status().ok())
      return unreadable(stream, it->status().ToString());
    return std::max(head->sequence, it->Valid() ? keys::sequence_of_event(keys::view(it->key())) : 0);
  }
};

rocksdb_journal::rocksdb_journal(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}
rocksdb_journal::~rocksdb_journal() {
  close();
}

result<std::shared_ptr<rocksdb_journal>> rocksdb_journal::open(const journal_config& config,
                                                               std::shared_ptr<rocksdb::FileSystem> disk) {
  auto base = journal_database::open(config, std::move(disk));
  if (!base)
    return base.error();
  auto parts = std::make_unique<impl>();
  parts->config = config;
  parts->base = std::move(*base);
  parts->node_id = parts->base->node_id;
  parts->finished = std::make_unique<finished_operations>(*parts->base->db, *parts->base->operations);
  return std::shared_ptr<rocksdb_journal>(new rocksdb_journal(std::move(parts)));
}

void rocksdb_journal::close() {
  std::unique_lock lock(impl_->open);
  impl_->finished.reset();
  impl_->base.reset();
}

// -- appending -------------------------------------------------------------------------------------------------

result<events_appended> rocksdb_journal::add(const append_events& events) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (impl_->is_broken)
    return impl_->refusal();
  if (!is_name(events.stream))
    return not_a_name("stream", events.stream);
  for (auto& finished : events.finished)
    if (!is_name(finished.what.scheduler.value) || !is_name(finished.what.id.value))
      return not_a_name("operation", finished.what.scheduler.value + "/" + finished.what.id.value);

  auto known = impl_->last_sequences.find(events.stream);
  if (known == impl_->last_sequences.end()) {
    auto last = impl_->last_sequence_of(events.stream);
    if (!last)
      return last.error();
    known = impl_->last_sequences.emplace(events.stream, *last).first;
  }
  auto& last = known->second;
  if (events.first_sequence != last + 1)
    return failure{ec::internal, "stream " + events.stream + ": sequence " +
                                     std::to_string(events.first_sequence) + " does not follow " +
                                     std::to_string(last)};

  auto& base = *impl_->base;
  if (last == 0 && !events.records.empty())
    impl_->batch.Put(base.meta, keys::stream(events.stream), {});
  std::string time;
  keys::put_time(time, events.at);
  for (auto& record : events.records) {
    auto key = keys::event(events.stream, ++last);
    rocksdb::Slice key_parts[] = {key}, value_parts[] = {time, record};
    impl_->batch.Put(base.events, rocksdb::SliceParts(key_parts, 1), rocksdb::SliceParts(value_parts, 2));
  }
  if (!events.drop_operations_of.empty())
    impl_->finished->drop_all(impl_->batch, events.drop_operations_of);
  for (auto& finished : events.finished)
    impl_->finished->add(impl_->batch, finished);
  impl_->records += events.records.size() + events.finished.size();
  return events_appended{last};
}

std::size_t rocksdb_journal::batch_records() const {
  return impl_->records;
}
std::size_t rocksdb_journal::batch_bytes() const {
  return impl_->batch.GetDataSize();
}

result<done> rocksdb_journal::commit() {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto written = impl_->write(impl_->batch, impl_->config.sync);
  if (written) {
    impl_->statistics.commits += 1;
    impl_->statistics.records += impl_->records;
  }
  impl_->batch.Clear();
  impl_->records = 0;
  return written;
}

// -- reading ---------------------------------------------------------------------------------------------------

result<loaded_stream> rocksdb_journal::load(const std::string& stream) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (!is_name(stream))
    return not_a_name("stream", stream);
  auto& base = *impl_->base;
  rocksdb::ManagedSnapshot as_of(base.db.get());
  rocksdb::ReadOptions options;
  options.snapshot = as_of.snapshot();
  auto head = impl_->head_of(stream, as_of.snapshot());
  if (!head)
    return head.error();

  loaded_stream loaded;
  loaded.snapshot_sequence = loaded.last_sequence = head->sequence;
  for (std::uint32_t chunk = 0; chunk < head->chunks; ++chunk) {
    rocksdb::PinnableSlice piece;
    auto status =
        base.db->Get(options, base.snapshots, keys::snapshot_chunk(stream, head->sequence, chunk), &piece);
    if (!status.ok())
      return unreadable(stream, "its snapshot: " + status.ToString());
    loaded.snapshot.append(piece.data(), piece.size());
  }
  auto upper = keys::past(stream);
  rocksdb::Slice upper_bound(upper);
  options.iterate_upper_bound = &upper_bound;
  options.readahead_size = 1 << 20;
  std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator(options, base.events));
  for (it->Seek(keys::event(stream, head->sequence + 1)); it->Valid(); it->Next()) {
    auto sequence = keys::sequence_of_event(keys::view(it->key()));
    if (sequence != loaded.last_sequence + 1 || it->value().size() < 8)
      return unreadable(stream, "record " + std::to_string(loaded.last_sequence + 1) + " is missing or damaged");
    loaded.last_sequence = sequence;
    loaded.tail.emplace_back(it->value().data() + 8, it->value().size() - 8);
  }
  if (!it->status().ok())
    return unreadable(stream, it->status().ToString());
  return loaded;
}

result<stream_list> rocksdb_journal::streams(const std::string& prefix) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  stream_list list;
  auto first = keys::stream(prefix);
  std::unique_ptr<rocksdb::Iterator> it(impl_->base->db->NewIterator({}, impl_->base->meta));
  for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next())
    list.names.emplace_back(keys::view(it->key()).substr(keys::stream_prefix.size()));
  if (!it->status().ok())
    return failure{ec::internal, "cannot list streams: " + it->status().ToString()};
  return list;
}

result<operation_page> rocksdb_journal::operations(const list_operations& query, timestamp now) const {
  std::shared_lock lock(impl_->open);
  return impl_->base ? impl_->finished->list(query, now) : impl_->closed();
}

result<operation> rocksdb_journal::operation_of(const get_operation& query, timestamp now) const {
  std::shared_lock lock(impl_->open);
  return impl_->base ? impl_->finished->get(query, now) : impl_->closed();
}

// -- upkeep ----------------------------------------------------------------------------------------------------

result<done> rocksdb_journal::save(const save_snapshot& snapshot) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto head = impl_->head_of(snapshot.stream);
  if (!head)
    return head.error();
  auto last = impl_->last_sequence_of(snapshot.stream);
  if (!last)
    return last.error();
  if (snapshot.sequence == 0 || snapshot.sequence > *last)
    return failure{ec::invalid_argument, "a snapshot of stream " + snapshot.stream + " at sequence " +
                                             std::to_string(snapshot.sequence) + " is none of 1 to " +
                                             std::to_string(*last)};
  if (snapshot.sequence <= head->sequence)
    return done{};

  auto& base = *impl_->base;
  auto chunk_bytes = std::max<std::size_t>(impl_->config.snapshot_chunk_bytes, 1);
  std::string_view left = snapshot.snapshot;
  std::uint32_t chunks = 0;
  rocksdb::WriteBatch batch;
  for (; !left.empty(); ++chunks) {
    if (chunks > 0) {
      // Synced piece by piece, so that no commit has to wait for a sync of the whole.
      if (auto written = impl_->write(batch, impl_->config.sync); !written)
        return written.error();
      batch.Clear();
    }
    auto piece = left.substr(0, chunk_bytes);
    left.remove_prefix(piece.size());
    batch.Put(base.snapshots, keys::snapshot_chunk(snapshot.stream, snapshot.sequence, chunks),
              rocksdb::Slice(piece.data(), piece.size()));
  }
  batch.Put(base.snapshots, keys::snapshot_head(snapshot.stream),
            to_row({snapshot.sequence, snapshot.at, chunks}));
  batch.DeleteRange(base.snapshots, keys::snapshot_chunk(snapshot.stream, 0, 0),
                    keys::snapshot_chunk(snapshot.stream, snapshot.sequence, 0));
  return impl_->write(batch, false);
}

result<operations_purged> rocksdb_journal::purge(const purge_operations& request) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  operations_purged purged;
  for (std::uint64_t step = purge_step; step == purge_step; purged.count += step) {
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

journal_status rocksdb_journal::status() const {
  if (!impl_->is_broken)
    return {};
  return {true, impl_->refusal().text};
}

const std::string& rocksdb_journal::node_id() const {
  return impl_->node_id;
}
const journal_statistics& rocksdb_journal::statistics() const {
  return impl_->statistics;
}

} // namespace maestro
