// Which rooms go first when some must go (proto/README.md 4.6). The room pool offers its rooms one by one, so that
// a million of them can be looked at in slices; only as many as are to go are kept meanwhile.
#pragma once

#include "messages/room_types.hpp"
#include "messages/settings.hpp"

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace maestro::rules {

/// Whether the room may be asked to end. `spare_players`: it is chosen by priority, not named; scale-down and
/// roll-out never end a match, nor break a promise to players (such rooms drain, and expire by name when they fall
/// silent). Asked when rooms are chosen and again when the room's turn comes.
bool may_remove(const room_record& room, bool spare_players);

/// Chooses at most `amount` rooms that are not yet on their way out, those without players first; the others are to
/// drain, and those that drain already come before those that do not. Sort key: error or silent for longer than the ping
/// timeout; then rooms of another major version than the active one; then pending, ready, unready, active,
/// allocated, occupied; then the id. Validation rooms are not offered a place.
class removal_order {
public:
  removal_order(std::int64_t amount, std::string active_version, const actor_settings& settings,
                const clock_reading& clock);

  void offer(const room_record& room, timestamp last_ping_at);

  /// The chosen rooms in order, then all that are on their way out already (their deletion is repeated), by id.
  std::vector<room_id> take();

private:
  using rank = std::tuple<bool, bool, bool, int, room_id>;
  int urgency(const room_record& room, timestamp last_ping_at) const;

  std::size_t amount_;
  std::string active_version_;
  const actor_settings& settings_;
  clock_reading clock_;
  std::set<rank> chosen_;
  std::vector<room_id> leaving_;
};

} // namespace maestro::rules
