// Zeros that stand in a write-ahead log before its records do. To sync a file that has grown the file system has to write
// its own journal, too; where the bytes were there before it writes those bytes alone, in two thirds of the time and with
// half the processor. RocksDB's own preallocation reserves blocks without that: they still have to be noted as written.
// Readers take zeros at a log's end for its end (nodes/journal/log_scan). Owned by durable_log_files.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>

namespace maestro {

class log_ahead {
public:
  /// The log once more, to be written at any offset.
  explicit log_ahead(std::unique_ptr<rocksdb::FSRandomRWFile> log);

  /// Before a record is written from `size`, the log's end so far, to `end`. Where that cannot be, the log grows as it is written.
  void reach(std::uint64_t size, std::uint64_t end);

private:
  std::unique_ptr<rocksdb::FSRandomRWFile> log_; ///< none: it could not be once
  std::uint64_t reached_ = 0;
};

} // namespace maestro
