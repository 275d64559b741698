// What journal_writer appends, known to the tests too: every record says its stream and sequence and is long
// enough to fill a disk, so that whatever is read back can be checked byte by byte.
#pragma once

#include "nodes/journal/rocksdb_journal.hpp"

#include <string>
#include <vector>

namespace maestro {

inline std::vector<std::string> load_streams() {
  return {"pool/arena", "pool/duel", "scheduler/arena"};
}

inline std::string load_record(const std::string& stream, std::uint64_t sequence) {
  auto record = stream + "#" + std::to_string(sequence) + ":";
  record.resize(200 + sequence % 500, static_cast<char>('a' + sequence % 26));
  return record;
}

inline append_events load_batch(const std::string& stream, std::uint64_t first, std::uint64_t count) {
  append_events batch;
  batch.stream = stream;
  batch.first_sequence = first;
  batch.at = timestamp{std::chrono::seconds{1'700'000'000}};
  for (std::uint64_t i = 0; i < count; ++i)
    batch.records.push_back(load_record(stream, first + i));
  return batch;
}

inline journal_config load_config_of(const std::string& path) {
  journal_config config;
  config.path = path;
  config.write_buffer_bytes = 1 << 20; // flushes and log switches happen within a short test
  config.wal_bytes = 4 << 20;
  config.reserve_bytes = 0; // the disk's own refusal
  return config;
}

} // namespace maestro
