// The journal on disk: one RocksDB database with the rows of nodes/journal/journal_keys.hpp. It knows what may be
// appended (each stream's sequence goes on without gap or repetition, no epoch is below an earlier one), makes batches durable with one sync, and
// reads streams back. nodes/journal/journal_keeper owns it and its upkeep; one thread at a time builds and commits
// batches, everything else may be called from any thread.
//
// While the disk is nearly full batches are refused before anything of them is written (disk_reserve); that ends by
// itself. After a failed write or sync this batch and every later one is refused with `unavailable`, nothing refused is
// ever read back, also not after a restart (durable_log_files), and reading goes on, until mend() has opened the database
// anew from what the disk really holds.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "nodes/journal/journal_config.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace maestro {

/// What a journal did since it was opened.
struct journal_statistics {
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> dropped{0};         ///< events past their retention
  std::atomic<std::uint64_t> streams_dropped{0}; ///< ended streams past theirs
};

struct disk_space {
  std::uint64_t free_bytes = 0;
  std::uint64_t reserve_bytes = 0;
};

class rocksdb_journal {
public:
  /// Fails with a text that names the path: not a folder, no rights, in use by another node, made by a newer
  /// version, damaged. `disk` replaces the operating system's file system (fault injection).
  static result<std::shared_ptr<rocksdb_journal>> open(const journal_config& config,
                                                       std::shared_ptr<rocksdb::FileSystem> disk = nullptr);
  ~rocksdb_journal();

  /// Waits for calls that are under way and closes the database; every later call answers `unavailable`.
  void close();

  /// Adds to the batch under construction, or refuses (it then contains nothing of it): with `internal` a sequence
  /// that does not follow, with `deposed` an epoch below the highest that any of its streams has seen. A stream that
  /// has ended may go on, or begin anew under a higher epoch.
  result<events_appended> add(const append_events& events);
  std::size_t batch_records() const;
  std::size_t batch_bytes() const;
  /// Makes the batch durable. After a failure nothing of it is there and nothing more is taken.
  result<done> commit();

  result<loaded_stream> load(const std::string& stream) const;
  /// It has, and has not begun anew.
  result<bool> has_ended(const std::string& stream) const;
  result<stream_list> streams(const std::string& prefix) const;
  /// Those that have ended before that time and are still on disk.
  result<stream_list> ended_streams(timestamp before) const;
  result<event_page> read(const read_events& query) const;
  result<operation_page> operations(const list_operations& query, timestamp now) const;
  result<operation> operation_of(const get_operation& query, timestamp now) const;

  /// Replaces an older snapshot of the stream; one that is not newer is ignored. Long ones are written in pieces.
  /// Parts must come in order; what is there without its last part counts for nothing.
  result<done> save(const save_snapshot& snapshot);
  result<operations_purged> purge(const purge_operations& request);
  /// Removes events of the stream that its snapshot contains and that are older than `before`; answers how many.
  result<std::uint64_t> drop_events(const std::string& stream, timestamp before);
  /// Removes everything of a stream that has ended before that time and was not taken up again; whether it did.
  result<bool> drop_ended(const std::string& stream, timestamp before);

  // What other nodes of a cluster ask of this disk, and what it takes from theirs.
  result<copy_list> copies(const list_copies& query) const;
  result<snapshot_part> snapshot(const read_snapshot& query) const;
  result<finished_list> finished(const read_finished& query) const;
  /// While nothing is appended to that stream.
  result<done> restore(const restore_copy& part);

  /// Copies what is durable into the folder `<path>.checkpoint`, in place of an earlier copy, while everything else
  /// goes on: every append that was answered before the call is in it, and none that was refused.
  result<checkpoint_made> checkpoint();

  /// A write has failed, and mend() may help.
  bool is_to_mend() const;
  /// Tries the disk; when it works, cuts off what was refused, opens the database anew, compares every stream with what
  /// was acknowledged and takes writes again. Reads wait meanwhile, as long as a start of the journal takes. A failure says
  /// why nothing is written yet; when the disk holds something else than was acknowledged, nothing is until a restart.
  result<done> mend();

  journal_status status() const;
  /// As messages/journal_commands says it.
  result<done> save_watermark(std::int64_t revision);
  const std::string& node_id() const;
  const journal_statistics& statistics() const;
  /// Whoever watches hears of each batch that became durable: how long that took, and how much it was. Set before
  /// the first commit, called by the thread that commits.
  void watch_commits(std::function<void(std::chrono::nanoseconds took, std::size_t bytes)> watcher);
  /// Of the disk: bytes that are free (0: cannot be told), and what of it is reserved (0: nothing is watched).
  disk_space space() const;

  /// Writes the rows of a scheduler's finished operations anew from its stream, as far as its events hold their
  /// records, and counts them again. Not while something is appended to it.
  result<done> rebuild_operations(const scheduler_name& scheduler);

private:
  struct impl;
  result<done> bring_up_to_date();
  explicit rocksdb_journal(std::unique_ptr<impl> parts);
  std::unique_ptr<impl> impl_;
};

} // namespace maestro
