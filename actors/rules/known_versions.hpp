// The versions of its scheduler that a room pool knows: the active one, and every older one that a living room
// still runs, so that a room is created again, judged and ended by its own. Not durable here: the scheduler's
// stream has them, and the scheduler tells them to its pool at every start and change; a second copy could only
// disagree.
#pragma once

#include "messages/commands.hpp"
#include "messages/room_types.hpp"
#include "messages/shared_value.hpp"

#include <boost/container/flat_map.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace maestro::rules {

/// What a room's version says of the room where rooms are counted.
struct room_make {
  bool is_replaced = false;                       ///< another make than the active one
  std::int64_t matches_max = counted_matches_max; ///< that it takes; a server that says more has a full room
};

class known_versions {
public:
  /// Keeps of the told versions those that are active or that `is_in_use` names.
  void learn(const update_recipe& told, const std::function<bool(const std::string&)>& is_in_use);

  /// A version that is tried out and not stored yet; forgotten with the next `learn` after its last room.
  void try_out(const scheduler& candidate);

  /// Rooms of that version are made anew: it differs from the active one in what rooms are (rules/version_rules), or is
  /// forgotten and has another major number. False before the scheduler has told itself.
  bool is_replaced(const std::string& version) const;

  /// nullptr before the scheduler has told itself.
  const scheduler* active() const { return find(active_); }
  /// nullptr when it is not known.
  const scheduler* find(const std::string& version) const;
  std::size_t size() const { return versions_.size(); }
  template <class Visit>
  void for_each(Visit visit) const {
    for (auto& [version, one] : versions_)
      visit(*one.recipe);
  }

private:
  struct entry {
    shared_value<scheduler> recipe;
    bool is_replaced = false;
  };
  boost::container::flat_map<std::string, entry> versions_; ///< few
  std::string active_;
};

} // namespace maestro::rules
