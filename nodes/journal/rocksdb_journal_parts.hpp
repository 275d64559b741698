// What the parts of rocksdb_journal share: the open database, the batch under construction, and where each stream
// stands. Appending is in rocksdb_journal.cpp, reading and upkeep in the files of their names; nobody else includes
// this.
#pragma once

#include "messages/log.hpp"
#include "nodes/journal/finished_operations.hpp"
#include "nodes/journal/journal_database.hpp"
#include "nodes/journal/journal_keys.hpp"
#include "nodes/journal/rocksdb_journal.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

namespace maestro {

namespace keys = journal_keys;

inline bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= keys::max_name_bytes && name.find('\0') == std::string_view::npos;
}

inline failure not_a_name(const std::string& what, std::string_view name) {
  return {ec::invalid_argument, what + " `" + std::string(name.substr(0, 64)) + "` must have 1 to " +
                                    std::to_string(keys::max_name_bytes) + " bytes and no NUL"};
}

struct snapshot_head {
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::uint32_t chunks = 0;
};

inline std::string to_row(const snapshot_head& head) {
  std::string row;
  keys::put_big_endian(row, head.sequence);
  keys::put_time(row, head.at);
  keys::put_big_endian(row, head.chunks);
  return row;
}

inline failure unreadable(const std::string& stream, const std::string& why) {
  return {ec::internal, "cannot read stream " + stream + ": " + why};
}

inline failure deposed(const std::string& stream, owner_epoch asking, owner_epoch highest) {
  return {ec::deposed, "stream " + stream + ": the writer's epoch " + std::to_string(asking.number) +
                           " is below " + std::to_string(highest.number) +
                           ", the highest it has seen: it has another owner now"};
}

/// Where a stream stands, with the batch under construction.
struct stream_position {
  std::uint64_t last = 0;
  owner_epoch epoch;
  bool is_listed = false;
  std::uint64_t batch = 0; ///< the last that has moved it
};

/// A snapshot of which not all parts have come.
struct unfinished_snapshot {
  std::uint64_t sequence = 0;
  std::uint32_t parts = 0;
  std::uint32_t chunks = 0;
};

inline rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

struct rocksdb_journal::impl {
  journal_config config;
  std::shared_ptr<rocksdb::FileSystem> disk; ///< null: the operating system's
  std::unique_ptr<journal_database> base;    ///< null: closed, or could not be opened again (is_broken)
  std::unique_ptr<finished_operations> finished;
  mutable std::shared_mutex open; ///< shared by every call, exclusive to whoever closes or opens the database
  bool is_closed = false;
  mutable std::mutex broken_mutex;
  std::string broken; ///< not empty: why nothing is written
  std::atomic<bool> is_broken{false};
  std::atomic<bool> is_past_mending{false}; ///< what the disk holds is not what was acknowledged
  std::shared_mutex writing; ///< shared by every write, exclusive to wait for those that are under way
  /// Held from a write that is synced to its acknowledgement: else one would acknowledge what another has synced and may yet
  /// fail with. RocksDB lets them through one after another anyway.
  std::mutex syncing;
  journal_statistics statistics;
  std::function<void(std::chrono::nanoseconds, std::size_t)> on_commit;
  std::string node_id;
  std::atomic<std::int64_t> watermark{-1};
  std::shared_ptr<disk_reserve> reserve;
  std::shared_ptr<synced_logs> counts; ///< of the database that was last open for writing
  // the batch under construction
  rocksdb::WriteBatch batch;
  std::size_t records = 0;
  bool has_begun = false; ///< something was taken into it
  std::set<scheduler_name>
      dropping; ///< schedulers whose finished operations the batch drops; under positions_mutex
  // Held while positions change: an ended stream is dropped by another thread than the one that appends.
  std::mutex positions_mutex;
  std::unordered_map<std::string, stream_position> positions;
  std::vector<std::pair<std::string, stream_position>> moved; ///< where streams stood before the batch moved them
  std::uint64_t batch_number = 1;
  std::mutex unfinished_mutex;
  std::unordered_map<std::string, unfinished_snapshot> unfinished;

  failure closed() const {
    return is_broken ? refusal() : failure{ec::unavailable, "the journal at " + config.path + " is closed"};
  }
  failure refusal() const {
    std::scoped_lock lock(broken_mutex);
    if (is_past_mending)
      return {ec::unavailable, "the journal is read-only until the node is restarted: " + broken};
    return {ec::unavailable,
            "the journal is read-only: " + broken + "; it goes on by itself when the disk takes writes again"};
  }

  result<done> write(rocksdb::WriteBatch& rows, bool sync) {
    if (is_broken)
      return refusal();
    {
      std::shared_lock under_way(writing);
      std::unique_lock alone(syncing, std::defer_lock);
      if (sync)
        alone.lock();
      rocksdb::WriteOptions options;
      options.sync = sync;
      auto status = base->db->Write(options, &rows);
      if (status.ok()) {
        if (sync)
          base->counts->acknowledge();
        return done{};
      }
      std::scoped_lock lock(broken_mutex);
      if (!is_broken)
        broken = "writing to " + config.path + " failed: " + status.ToString();
      is_broken = true;
    }
    // A restart must not read what is refused here; where this fails too, whoever mends tries it again.
    std::unique_lock nobody_writes(writing);
    if (auto cut = base->counts->cut_back(config.path); !cut)
      log_warn("journal", "what was refused could not be cut off the log", {{"reason", cut.error().text}});
    return refusal();
  }

  // -- rocksdb_journal_mending.cpp --
  result<done> try_disk();
  result<done> open_anew();
  result<done> compare_with_acknowledged();

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

  struct ownership {
    owner_epoch epoch;
    bool is_listed = false;
    timestamp ended_at = never;
  };
  result<ownership> ownership_of(const std::string& stream, const rocksdb::Snapshot* as_of = nullptr) const {
    rocksdb::ReadOptions options;
    options.snapshot = as_of;
    std::string row;
    auto status = base->db->Get(options, base->meta, keys::stream(stream), &row);
    if (status.ok())
      return ownership{keys::epoch_at(row), true, never};
    if (!status.IsNotFound())
      return unreadable(stream, status.ToString());
    status = base->db->Get(options, base->meta, keys::ended_stream(stream), &row);
    if (status.IsNotFound())
      return ownership{};
    if (!status.ok() || row.size() != 16)
      return unreadable(stream, status.ok() ? "the row of its end is damaged" : status.ToString());
    std::string_view bytes = row;
    return ownership{keys::epoch_at(bytes.substr(8)), false, keys::time_at(bytes)};
  }

  result<copy_place> place_of(const std::string& stream) const {
    auto head = head_of(stream);
    if (!head)
      return head.error();
    auto owner = ownership_of(stream);
    if (!owner)
      return owner.error();
    auto last = last_sequence_of(stream);
    if (!last)
      return last.error();
    copy_place place{stream, *last + 1, head->sequence, *last, owner->epoch, !owner->is_listed, owner->ended_at};
    auto upper = keys::past(stream);
    rocksdb::Slice upper_bound(upper);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper_bound;
    std::unique_ptr<rocksdb::Iterator> it(base->db->NewIterator(options, base->events));
    it->Seek(keys::first_of(stream));
    if (it->Valid())
      place.first = keys::sequence_of_event(keys::view(it->key()));
    if (!it->status().ok())
      return unreadable(stream, it->status().ToString());
    return place;
  }

  /// Nothing of the stream is left but its place in the lists.
  void empty(rocksdb::WriteBatch& rows, const std::string& stream) const {
    rows.DeleteRange(base->events, keys::first_of(stream), keys::past(stream));
    rows.DeleteRange(base->snapshots, keys::first_of(stream), keys::past(stream));
  }

  /// Under positions_mutex.
  result<stream_position*> position_of(const std::string& stream) {
    auto known = positions.find(stream);
    if (known != positions.end())
      return &known->second;
    auto last = last_sequence_of(stream);
    if (!last)
      return last.error();
    auto owner = ownership_of(stream);
    if (!owner)
      return owner.error();
    stream_position position{*last, owner->epoch, owner->is_listed};
    return &positions.emplace(stream, position).first->second;
  }
  /// Under positions_mutex, before the batch under construction moves it.
  void note_move(const std::string& stream, stream_position& position) {
    if (position.batch == batch_number)
      return;
    moved.emplace_back(stream, position);
    position.batch = batch_number;
  }
  /// Under positions_mutex: the batch is over. Of a refused one nothing has happened.
  void end_batch(bool is_durable) {
    for (auto& [stream, before] : moved)
      if (auto known = positions.find(stream); !is_durable && known != positions.end())
        known->second = before;
    moved.clear();
    ++batch_number;
    dropping.clear();
  }

  /// Under positions_mutex, as part of the batch under construction.
  void list(const std::string& stream, stream_position& position, owner_epoch epoch) {
    if (position.is_listed && position.epoch == epoch)
      return;
    if (!position.is_listed)
      batch.Delete(base->meta, keys::ended_stream(stream));
    position.is_listed = true;
    position.epoch = epoch;
    batch.Put(base->meta, keys::stream(stream), keys::epoch_row(epoch));
  }
  void end(const std::string& stream, stream_position& position, owner_epoch epoch, timestamp at) {
    if (!position.is_listed && position.last == 0)
      return; // it never began
    batch.Delete(base->meta, keys::stream(stream));
    position.is_listed = false;
    position.epoch = std::max(position.epoch, epoch);
    std::string row;
    keys::put_time(row, at);
    batch.Put(base->meta, keys::ended_stream(stream), row.append(keys::epoch_row(position.epoch)));
  }
};

} // namespace maestro
