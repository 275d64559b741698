// What is under way in a room pool: rooms whose change is on its way to the journal and who waits for them, rooms the
// runtime is asked for, and who asked for several at once. Most pools of most hours have none of it, so it takes memory
// from the first change on. Owned by actors/room_pool/pool_writer.
#pragma once

#include "actors/room_pool/room_batches.hpp"
#include "actors/room_pool/room_gate.hpp"
#include "actors/room_pool/slot_queue.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <set>
#include <unordered_set>
#include <utility>

namespace maestro {

struct pool_traffic {
  explicit pool_traffic(const pool_writer& pool) : creations(pool) {}

  room_gate gate;
  slot_queue slots;
  std::set<request_key> requests;       ///< whose effect is on its way to the journal
  std::unordered_set<room_id> creating; ///< from the decision until the runtime answered
  creation_batches creations;
  removal_batches removals;
  std::list<std::pair<std::uint64_t, std::function<void()>>>
      settlers; ///< wait for so many appends that are settled
};

} // namespace maestro
