// How much of what waits goes into the next transaction of a cluster's journal: as much as the store takes at once, in
// order. For the SHARED JOURNAL.
#pragma once

#include "messages/journal_commands.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace maestro::rules {

struct lot_limits {
  std::size_t operations = 120; ///< conditions, and as many writes, of one transaction; etcd takes 128
  std::size_t bytes = 1u << 20; ///< of all batches; etcd takes 1.5 MiB in one request
};

/// So many bytes of the transaction at most, its stream's keys aside.
std::size_t bytes_of(const append_events& batch);

/// A transaction that is being put together.
class journal_lot {
public:
  explicit journal_lot(lot_limits limits) : limits_(limits) {}
  /// False: the batch is not taken, and nothing that came after it may be. The first one is always taken. `bytes`: what
  /// bytes_of says of it. `is_known`: this node has written the stream under that epoch before, so that nothing else can stand
  /// in its entry's place.
  bool take(const append_events& batch, std::size_t bytes, bool is_known);

private:
  lot_limits limits_;
  std::set<std::string> streams_;
  std::set<std::string> schedulers_;
  std::size_t places_ = 0; ///< conditions that nothing stands there yet
  std::size_t bytes_ = 0;
};

} // namespace maestro::rules
