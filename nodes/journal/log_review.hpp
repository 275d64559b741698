// Whether the write-ahead logs of a folder still hold what was synced, and what going on without the rest would
// cost. Before a database is opened its logs are settled: damage stops the start, a torn tail, which nobody was
// promised, is cut off. Called by nodes/journal/journal_database, and by journal_inspection, which only looks.
//
//   damaged := shorter than its count | unreadable before its count | missing though counted
//            | unreadable with whole records behind it, in the same log or, if it was counted, in a later one
//   torn    := unreadable at its end, and not damaged
#pragma once

#include "nodes/journal/log_scan.hpp"
#include "nodes/journal/synced_logs.hpp"

#include <map>
#include <string>
#include <vector>

namespace maestro {

struct reviewed_log {
  std::string file; ///< with its folder
  std::uint64_t number = 0;
  std::uint64_t synced = 0; ///< 0: not counted
  bool is_missing = false;
  bool is_damaged = false;
  log_scan scan;

  bool is_torn() const { return scan.whole < scan.written; }
};

/// What can still be read behind the damage; it can not be replayed, because something before it is lost.
struct log_loss {
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  struct range {
    std::uint64_t first = 0, last = 0;
  };
  std::map<std::string, range> streams; ///< records of streams
};

struct log_review {
  std::vector<reviewed_log> logs; ///< in the order in which they are replayed
  log_loss loss;

  const reviewed_log* damaged() const; ///< the first one, or null
};

result<log_review> review_logs(const std::string& folder);

/// One sentence: the first damage with file, offset and cost. Something must be damaged.
std::string describe_damage(const log_review& review);

/// Cuts torn tails off, and makes durable and counts what a start is about to replay. Fails, with a text, when
/// something is damaged, and has then changed nothing.
result<done> settle_logs(const std::string& folder, synced_logs& counts);

} // namespace maestro
