// What an operator may ask of a journal that no node has open: what is there, where it is damaged, what a repair
// would leave, and the repair itself. Looking changes nothing, not even what a start would cut off. Called by
// nodes/cli/journal_command.
#pragma once

#include "messages/error.hpp"
#include "nodes/journal/log_review.hpp"

#include <string>
#include <vector>

namespace maestro {

struct inspected_stream {
  std::string name;
  std::uint64_t first = 0; ///< record that is still there; 0: none is
  std::uint64_t last = 0;
  std::uint64_t snapshot = 0; ///< the record after which it was taken; 0: none
  bool has_ended = false;
};

/// Of a damaged journal: what a repair would leave.
struct journal_inspection {
  log_review review;
  int format = 0;
  std::string node_id;
  std::vector<inspected_stream> streams;
  std::string damaged_tables; ///< what RocksDB says of its sorted files, manifest and the rest; empty: nothing
};

/// Fails when it is no journal, can not be read, or is in use.
result<journal_inspection> inspect_journal(const std::string& folder);

struct journal_repair {
  log_loss loss;
  std::string kept_in; ///< folder beside the journal with the logs as they were
};

/// Cuts the logs at the first damage. Fails when no log is damaged, and when something else is wrong.
result<journal_repair> repair_journal(const std::string& folder);

} // namespace maestro
