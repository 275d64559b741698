// A stop_draining command while it is carried out: a look at all rooms, in slices, for those that drain although their
// make is wanted; each is decided for itself when its turn comes. Started by actors/room_pool/room_pool as
// long_work.
#pragma once

#include "actors/room_pool/pool_writer.hpp"

#include <caf/typed_response_promise.hpp>

namespace maestro {

class drain_end {
public:
  drain_end(pool_writer& pool, std::int64_t amount, caf::typed_response_promise<done> answer)
      : pool_(pool), left_(amount), answer_(std::move(answer)) {}

  /// True when there is more; the asker is answered after the last.
  bool slice();

private:
  pool_writer& pool_;
  std::int64_t left_;
  caf::typed_response_promise<done> answer_;
  room_id last_;
};

} // namespace maestro
