// What is asked of the JOURNAL KEEPER and what it answers: batches to make durable, streams to recover, finished
// operations to read back. Plain data; the actors' interfaces stand in messages/actors.hpp.
#pragma once

#include "messages/inspect.hpp"
#include "messages/operation_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

/// A finished operation to keep. `listed` false: found by id only; `expires_at` never: until its scheduler is
/// deleted.
struct finished_operation {
  operation what;
  bool listed = true;
  timestamp expires_at = never;
};
MAESTRO_INSPECT(finished_operation, x.what, x.listed, x.expires_at)

/// One atomic batch of one stream. `first_sequence` is the sequence of the first record (a stream begins at 1).
/// Answered only when synced; any error answer means that nothing of it will ever be visible to a reader.
struct append_events {
  std::string stream;
  std::uint64_t first_sequence = 0;
  timestamp at = never;
  std::vector<std::string> records; ///< encoded journal.v1 events
  std::vector<finished_operation> finished;
  scheduler_name drop_operations_of; ///< not empty: its finished operations are dropped first
};
MAESTRO_INSPECT(append_events, x.stream, x.first_sequence, x.at, x.records, x.finished, x.drop_operations_of)

struct events_appended {
  std::uint64_t last_sequence = 0;
};
MAESTRO_INSPECT(events_appended, x.last_sequence)

struct load_stream {
  std::string stream;
};
MAESTRO_INSPECT(load_stream, x.stream)

struct loaded_stream {
  std::string snapshot;                ///< encoded; empty when there is none
  std::uint64_t snapshot_sequence = 0; ///< last sequence contained in it
  std::vector<std::string> tail;       ///< records after the snapshot
  std::uint64_t last_sequence = 0;
};
MAESTRO_INSPECT(loaded_stream, x.snapshot, x.snapshot_sequence, x.tail, x.last_sequence)

struct save_snapshot {
  std::string stream;
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::string snapshot;
};
MAESTRO_INSPECT(save_snapshot, x.stream, x.sequence, x.at, x.snapshot)

/// All stream names that start with the prefix, sorted.
struct list_streams {
  std::string prefix;
};
MAESTRO_INSPECT(list_streams, x.prefix)
struct stream_list {
  std::vector<std::string> names;
};
MAESTRO_INSPECT(stream_list, x.names)

/// Drops finished operations of the scheduler whose time is over.
struct purge_operations {
  scheduler_name scheduler;
  timestamp now = never;
};
MAESTRO_INSPECT(purge_operations, x.scheduler, x.now)
struct operations_purged {
  std::uint64_t count = 0;
};
MAESTRO_INSPECT(operations_purged, x.count)

struct get_journal_status {};
MAESTRO_INSPECT_EMPTY(get_journal_status)
struct journal_status {
  bool read_only = false;
  std::string reason;
};
MAESTRO_INSPECT(journal_status, x.read_only, x.reason)

} // namespace maestro
