// How many bytes of each write-ahead log were synced and acknowledged, kept beside the logs in the file SYNCED, so that a
// start can tell a torn tail (nothing was promised) from a log that was damaged, cut or deleted. A count is written after
// each acknowledged write without a sync of its own: it is never too high, and after a power failure it may be too low; after any
// end of the process it lacks at most what was not yet acknowledged. durable_log_files says what is synced, rocksdb_journal
// what is acknowledged, nodes/journal/log_review compares.
//
//   SYNCED := slot*
//   slot   := log number:u64be, synced bytes:u64be, crc32 of both:u32be, 12 zeros; or 32 zeros, which is free
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace maestro {

/// `folder/000012.log` is 12; 0 for any other name.
std::uint64_t log_number_of(const std::string& file);

class synced_logs {
public:
  static constexpr const char* file_name = "SYNCED";

  /// What the file of the folder says; empty when there is none, as of an earlier version. A damaged slot is as
  /// none.
  static result<std::map<std::uint64_t, std::uint64_t>> read(const std::string& folder);
  /// Makes the file when it is not there.
  static result<std::shared_ptr<synced_logs>> open(const std::string& folder);
  ~synced_logs();
  synced_logs(const synced_logs&) = delete;

  /// So much of the log is synced; it counts once it is acknowledged. A write can fail behind its sync.
  void synced(std::uint64_t log, std::uint64_t bytes);
  /// All that is synced counts: called after a synced write has succeeded and before another begins. A count that can not be
  /// written is left as it was: too low, which is safe.
  void acknowledge();
  /// Both at once: of what was read at a start.
  void count(std::uint64_t log, std::uint64_t bytes);
  /// Durable when it answers true; only then may the log be deleted.
  bool forget(std::uint64_t log);
  /// A log is made now; until its first count nothing of it was synced.
  void begin(std::uint64_t log);
  /// Cuts each log that began here off where it was acknowledged last, durably. With nobody writing to them.
  result<done> cut_back(const std::string& folder);

private:
  explicit synced_logs(int file) : file_(file) {}
  bool write(std::size_t slot, const std::string& row) const;
  void write_count(std::uint64_t log, std::uint64_t bytes); ///< under mutex_

  int file_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::size_t> slots_;    ///< of each log
  std::map<std::uint64_t, std::uint64_t> begun_;  ///< what was acknowledged of the logs that began here
  std::map<std::uint64_t, std::uint64_t> synced_; ///< what was synced and is not yet acknowledged
};

} // namespace maestro
