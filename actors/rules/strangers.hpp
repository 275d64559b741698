// Living game servers of a scheduler that its journal does not know: a backup that was restored is older than they are, say.
// Nobody knows whether they are played in, so they are told and left alone until they end by themselves, or an operator
// decides: to adopt one as a room, or to end it. Only the first list after a start makes strangers, and what the runtime
// says before it; what turns up later was begun by this node, and is an orphan (actors/rules/instance_review).
#pragma once

#include "actors/rules/pool_view.hpp"

#include <map>

namespace maestro::rules {

class strangers {
public:
  bool holds(const room_id& id) const { return all_.contains(id); }
  /// Null: it is none.
  const instance* find(const room_id& id) const;
  /// What is known of it by now. True: it is new.
  bool note(const instance& seen);
  /// It has ended, or is a room.
  void forget(const room_id& id) { all_.erase(id); }
  stranger_list list() const;

private:
  std::map<room_id, instance> all_;
};

/// A room as the runtime shows it, with all of its time limits before it. It says itself whether there are players in it.
pool_decision<done> decide_adoption(const pool_view& pool, const adopt_stranger& wish, const instance* seen);
pool_decision<done> decide_stranger_end(const pool_view& pool, const end_stranger& wish, const instance* seen);

} // namespace maestro::rules
