// Which rooms of one pool are asked how they are, because their game servers do not ping: the PROBER is told when a room's
// instance runs, and when it need not be asked any more. What it finds goes to the GAME ROOM, past the pool. Used by
// actors/room_pool/pool_writer after every change of a room.
#pragma once

#include "actors/room_pool/game_rooms.hpp"
#include "actors/rules/pool_view.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <set>
#include <string>
#include <unordered_set>

namespace maestro {

class room_probes {
public:
  /// Without a prober no room is asked.
  room_probes(room_pool_actor::pointer self, prober_actor prober, const scheduler_name& name, game_rooms& games);

  /// Some version has a probe, or a room is still asked.
  bool are_in_use() const { return use_ != nullptr; }
  /// Whether there is a version with a probe that was not there at the last call: then rooms may be waiting to be asked.
  bool has_news(const rules::known_versions& versions);
  /// The room changed, or has gone.
  void update(const rules::pool_view& pool, const room_id& id);

private:
  struct use {
    std::set<std::string> versions; ///< that have a probe
    std::unordered_set<room_id> asked;
  };
  void begin(const rules::pool_view& pool, const room_record& room);

  room_pool_actor::pointer self_;
  prober_actor prober_;
  const scheduler_name& name_;
  game_rooms& games_;
  std::unique_ptr<use> use_; ///< most pools have none
};

} // namespace maestro
