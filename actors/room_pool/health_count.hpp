// The health of all rooms while it is counted, by id, each room as it is in its slice. Started by
// actors/room_pool/room_pool as long_work.
#pragma once

#include "actors/room_pool/pool_writer.hpp"
#include "messages/actors.hpp"

#include <caf/typed_response_promise.hpp>

namespace maestro {

/// Counts the rooms of a pool by id, so many at a time.
class room_count {
public:
  /// True when there is more.
  bool slice(const pool_writer& pool);
  const pool_health& health() const { return health_; }
  pool_health& health() { return health_; }
  /// Steady: when rooms that were counted stop counting, for nobody reaches their machine; `duration::max()`: all are reached.
  duration next_loss() const { return next_loss_; }

private:
  room_id last_; ///< the last room that was counted; empty: none yet
  pool_health health_;
  duration next_loss_ = duration::max();
};

class health_count {
public:
  using promise = caf::typed_response_promise<pool_health>;

  health_count(pool_writer& pool, promise answer) : pool_(pool), answer_(std::move(answer)) {}

  /// True when there is more; the health is delivered with the last slice.
  bool slice();

private:
  pool_writer& pool_;
  promise answer_;
  room_count count_;
};

} // namespace maestro
