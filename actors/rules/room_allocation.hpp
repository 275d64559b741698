// Which room a player gets, and what "free" means. The room pool keeps the index, so that an allocation among a
// million rooms costs no look at them; the index holds what `is_free` says, nothing else.
#pragma once

#include "actors/rules/pool_view.hpp"

#include <map>
#include <set>
#include <string>

namespace maestro::rules {

/// Ready, staying, not draining, not there for validation, and with no change of it on the way to the journal.
bool is_free(const room_record& room, bool is_changing);

/// The free rooms of a pool, by version and id.
class free_rooms {
public:
  /// When a change of the room begins, and after it; `room` nullptr: it is gone.
  void update(const room_id& id, const room_record* room, bool is_changing);

  bool empty() const { return rooms_.empty(); }
  std::size_t size() const;
  bool contains(const room_id& id) const;
  /// Of the active version, else of one of the same make, else of one that is being replaced; there the lowest id.
  /// nullptr when there is none.
  const room_record* first(const known_versions& versions) const;

private:
  struct by_id {
    using is_transparent = void;
    static const room_id& id_of(const room_record* room) { return room->id; }
    static const room_id& id_of(const room_id& id) { return id; }
    bool operator()(const auto& left, const auto& right) const { return id_of(left) < id_of(right); }
  };
  using rooms_of_version = std::set<const room_record*, by_id>;
  /// In the table; a room that changes is not here, one that goes neither. A version without free rooms is not here.
  std::map<std::string, rooms_of_version> rooms_;
};

/// The free room that comes first; fails with `unknown` and the original's text when there is none. When
/// nobody waits for it any more no room is taken.
pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command);

} // namespace maestro::rules
