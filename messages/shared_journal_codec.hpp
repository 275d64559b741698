// A cluster's journal as it stands in the store (proto/cluster/v1/journal.proto), to and from our values:
//
//   journal/<stream>/<first sequence, 20 digits>  what is durable and not yet on enough nodes' disks
//   archive/writers/<node>                        how many transactions that node has written; never erased
//   archive/copies/<node>                         up to which revision everything is on that node's disk
//   archive/trimmed                               up to which revision entries may be gone from the store
//
// For the SHARED JOURNAL.
#pragma once

#include "messages/cluster_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

inline constexpr const char* journal_entries = "journal/";
inline constexpr const char* archive_keys = "archive/";
inline constexpr const char* trimmed_key = "archive/trimmed";

std::string entry_key(std::string_view stream, std::uint64_t first_sequence);
std::string writer_key(const node_name& node);
/// Who removes a node for ever erases it: nobody waits for that copy any more.
std::string copy_key(const node_name& node);

/// The scheduler that a stream belongs to: what follows the first `/`.
scheduler_name scheduler_of_stream(std::string_view stream);

/// What one node made durable at once: the batches in the order in which it was asked.
struct journal_transaction {
  node_name writer;
  std::uint64_t number = 0; ///< of the writer's transactions, from 1
  std::int64_t revision = 0;
  std::vector<append_events> batches;
};

/// One put for each stream. The keys are the streams' first batches'.
std::vector<store_write> entries_of(const journal_transaction& what);

/// One key's part of a transaction.
struct journal_entry {
  node_name writer;
  std::uint64_t number = 0;
  std::uint32_t parts = 0;
  struct placed_batch {
    std::uint32_t place = 0;
    append_events batch;
  };
  std::vector<placed_batch> batches;
};
std::optional<journal_entry> read_entry(const store_entry& stored);

struct journal_writer {
  std::string process;
  std::uint64_t number = 0;  ///< of its last transaction
  std::uint64_t lot = 0;     ///< which of that process's attempts it was
  std::int64_t revision = 0; ///< of its key; 0: there is none
};
struct journal_copy {
  std::string node_id;
  std::int64_t complete = 0;
  std::int64_t revision = 0; ///< of its key; 0: there is none
};
/// Everything below `archive/`.
struct archive_state {
  std::int64_t revision = 0; ///< as of which it is so
  std::map<node_name, journal_writer> writers;
  std::map<node_name, journal_copy> copies;
  std::int64_t trimmed = 0;
  std::int64_t trimmed_revision = 0; ///< of the key; 0: there is none, and never was a journal
};
archive_state read_archive(const store_listing& listing);

std::string writer_value(const journal_writer& writer);
std::string copy_value(const journal_copy& copy);
std::string trimmed_value(std::int64_t revision);

/// For a change after which a copy is less than the store was told, or none, or counts for the first time: whoever has counted
/// otherwise and erases entries is refused, and looks again. Not applied where that one was first.
void fence_trims(change_store& wanted, const archive_state& as_of);

} // namespace maestro
