// Where the journal lives and what it may take. Filled by nodes/config (keys journal.*); every number is positive.
#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace maestro {

struct journal_config {
  std::string path = "./data/journal"; ///< a folder of its own; made when it is not there
  /// Events that a snapshot contains are kept so long, so that timelines can be read.
  duration retention = std::chrono::hours{24 * 7};
  duration retention_interval = std::chrono::minutes{10}; ///< how often older ones are looked for
  std::size_t max_batch_records = 1024; ///< a batch this long is written without waiting for more
  std::size_t max_batch_bytes = 4u << 20;
  std::size_t readers = 2;              ///< threads that read; streams are recovered side by side
  std::size_t max_read_records = 10000; ///< one page of events holds so many at most
  std::size_t max_read_bytes = 4u << 20;
  std::size_t max_watchers = 10000;              ///< subscriptions to streams
  std::size_t snapshot_chunk_bytes = 256u << 10; ///< bigger snapshots are written in pieces between the batches
  std::uint64_t block_cache_bytes = 64u << 20;   ///< memory for what is read
  std::uint64_t write_buffer_bytes = 32u << 20;  ///< memory for what is not yet in a sorted file
  std::uint64_t wal_bytes = 128u << 20;          ///< disk for the log before it is cut; bounds the replay at start
  std::uint64_t reserve_bytes = 16u << 20;       ///< free space below which nothing is written (disk_reserve)
  duration mend_after = std::chrono::seconds{1}; ///< a write failed: then, and ever more seldom, the disk is tried
  bool sync = true;                              ///< false loses what is acknowledged: for benchmarks only
};

} // namespace maestro
