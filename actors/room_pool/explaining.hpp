// The explanation of a pool's rooms while it is made: all of them are counted, then all are offered to
// rules/explanation, in one turn where they are few. Reads only. Started by actors/room_pool/room_pool as long_work.
#pragma once

#include "actors/room_pool/health_count.hpp"
#include "actors/rules/explanation.hpp"
#include "messages/actors.hpp"

#include <caf/typed_response_promise.hpp>

#include <optional>

namespace maestro {

class explaining {
public:
  using promise = caf::typed_response_promise<rooms_explanation>;

  /// Of a pool that knows its scheduler. `memory` is its HEALTH CONTROLLER's.
  explaining(const pool_writer& pool, explain_rooms asked, look_memory memory, promise answer)
      : pool_(pool), asked_(std::move(asked)), memory_(std::move(memory)), answer_(std::move(answer)) {}

  /// True when there is more; the explanation is delivered with the last slice.
  bool slice();

private:
  bool offer_some();

  const pool_writer& pool_;
  explain_rooms asked_;
  look_memory memory_;
  promise answer_;
  room_count count_;
  room_id last_; ///< the last room that was offered; empty: none yet
  std::optional<rules::explanation> explanation_;
};

} // namespace maestro
