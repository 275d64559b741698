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
  /// When a change of the room begins, and after it; `room` nullptr: it is gone.
  void update(const room_id& id, const room_record* room, bool is_changing);

  bool empty() const { return rooms_.empty(); }
  std::size_t size() const { return rooms_.size(); }
  bool contains(const room_id& id) const { return rooms_.contains(id); }
  const room_record& first() const { return **rooms_.begin(); }

private:
  struct by_id {
    using is_transparent = void;
    static const room_id& id_of(const room_record* room) { return room->id; }
    static const room_id& id_of(const room_id& id) { return id; }
    bool operator()(const auto& left, const auto& right) const { return id_of(left) < id_of(right); }
  };
  std::set<const room_record*, by_id>
      rooms_; ///< in the table; a room that changes is not here, one that goes neither
};

/// The free room whose id comes first; fails with `unknown` and the original's text when there is none. When
/// nobody waits for it any more no room is taken.
pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command);

} // namespace maestro::rules
