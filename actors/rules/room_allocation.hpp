// Which room a player gets, and what "free" means. The room pool keeps the index, so that an allocation among a
// million rooms costs no look at them; the index holds what `is_free` says, nothing else.
#pragma once

#include "actors/rules/pool_view.hpp"

#include <set>

namespace maestro::rules {

/// Ready, staying, not there for validation, and with no change of it on the way to the journal.
bool is_free(const room_record& room, bool is_changing);

/// The free rooms of a pool, by id.
class free_rooms {
public:
  /// After every change of the room, and when one begins; `room` nullptr: it is gone.
  void update(const room_id& id, const room_record* room, bool is_changing);

  bool empty() const { return rooms_.empty(); }
  std::size_t size() const { return rooms_.size(); }
  bool contains(const room_id& id) const { return rooms_.contains(id); }
  const room_id& first() const { return *rooms_.begin(); }

private:
  std::set<room_id> rooms_;
};

/// The free room whose id comes first; fails with `unknown` and the original's text when there is none.
pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free);

} // namespace maestro::rules
