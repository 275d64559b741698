// Which room a player gets, what "free" means, and which room takes several matches of several askers. The room pool
// keeps the index, so that an allocation among a million rooms costs no look at them; the index holds what `is_free` and
// `is_shared` say, nothing else.
//
// Who asks without slots gets a ready room as a whole, as in the original: nobody shares it until a ping has told how
// many matches it has. Who asks for slots gets a place for so many matches in a room that may have others:
//
//   taken = running matches + slots that allocations hold;  a room fits when taken + slots <= maxMatches of its version
//   versions: the active one, then those of the same make, then those that are replaced; in each of them the room with
//   the most taken that fits, then a ready one; among equals the lowest id
//
// So rooms fill up one after the other and the others become free. A room whose change is on its way to the journal is
// not in the index: of allocations that come together each takes another room.
#pragma once

#include "actors/rules/pool_view.hpp"

#include <boost/container/flat_map.hpp>

#include <map>
#include <set>
#include <string>

namespace maestro::rules {

/// Ready, staying, answering, not draining, not there for validation, and with no change of it on the way to the journal.
bool is_free(const room_record& room, bool is_changing);

/// Likewise, but has matches already, or slots of it are held: the rest of it may be given out by slots.
bool is_shared(const room_record& room, bool is_changing);

/// The rooms of a pool that may be given out, by version, by what is taken of them, and by id.
class free_rooms {
public:
  /// When a change of the room begins, and after it; `room` nullptr: it is gone.
  void update(const room_id& id, const room_record* room, bool is_changing);

  /// Of those that are free.
  bool empty() const { return size() == 0; }
  std::size_t size() const;
  bool contains(const room_id& id) const;
  /// Of those that are shared.
  bool shares(const room_id& id) const;

  /// Of the active version, else of one of the same make, else of one that is being replaced; there the lowest id.
  /// nullptr when there is none.
  const room_record* first(const known_versions& versions) const;
  /// The room that takes the slots, by the order above; nullptr when none has so many left.
  const room_record* first_with(std::int64_t slots, const known_versions& versions) const;

private:
  struct by_id {
    using is_transparent = void;
    static const room_id& id_of(const room_record* room) { return room->id; }
    static const room_id& id_of(const room_id& id) { return id; }
    bool operator()(const auto& left, const auto& right) const { return id_of(left) < id_of(right); }
  };
  using rooms_by_id = std::set<const room_record*, by_id>;
  /// Of one version, by what is taken; nothing of it: they are free. No set is empty.
  using rooms_by_taken = std::map<std::int64_t, rooms_by_id>;

  const room_record* preferred(const known_versions& versions, auto taken_at_most) const;

  /// In the table; a room that changes is not here, one that goes neither. A version without such rooms is not here.
  boost::container::flat_map<std::string, rooms_by_taken> rooms_;
};

/// The room that comes first, or that takes the wanted slots; fails with `unknown` and the original's text when there is
/// none, with `invalid_argument` when no room of the active version takes so many. When nobody waits for it any more no
/// room is taken. A request that was answered before gets the same room, or `aborted` when it was given back meanwhile, or
/// somebody else has a part of it since.
pool_decision<allocated_room> decide_allocation(const pool_view& pool, const free_rooms& free,
                                                const allocate_room& command);

} // namespace maestro::rules
