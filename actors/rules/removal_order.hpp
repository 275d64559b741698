// Which rooms go first when some must go (proto/README.md 4.6), and why each of them. The room pool offers its rooms one by
// one, so that a million of them can be looked at in slices; only as many as are named are kept meanwhile.
#pragma once

#include "messages/room_types.hpp"
#include "messages/rooms_explanation.hpp"
#include "messages/settings.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace maestro::rules {

/// Whether the room may be asked to end. `spare_players`: it is chosen by priority, not named; scale-down and
/// roll-out never end a match, nor break a promise to players (such rooms drain, and expire by name when they fall
/// silent). Asked when rooms are chosen and again when the room's turn comes.
bool may_remove(const room_record& room, bool spare_players);

/// Of a room that goes for nothing but its place in the order.
removal_reason reason_by_status(room_status status);

/// Chooses at most `amount` rooms that are not yet on their way out, those without players first; the others are to
/// drain, and those that drain already come before those that do not. Sort key: error, silent for longer than the ping
/// timeout or asked without an answer; then rooms of another major version than the active one; then pending, unready, ready, active,
/// allocated, occupied; then the id. Validation rooms are not offered a place.
///
/// Of the chosen at most `limit` are begun with. Rooms that drain already need nothing: they use up the amount, not the
/// limit, or else a fleet that waits for players would never drain more rooms than fit into one operation.
class removal_order {
public:
  removal_order(std::int64_t amount, std::int64_t limit, std::string active_version,
                const actor_settings& settings, const clock_reading& clock);

  void offer(const room_record& room, timestamp last_ping_at);

  /// The chosen rooms in order, `limit` of them at most, and as many of those that drain already.
  std::vector<planned_room> take() const;
  /// What is on its way out already (its deletion is repeated), by id.
  std::vector<room_id> leaving() const;

  /// How many are chosen, whatever the limit.
  std::int64_t to_remove() const;
  std::int64_t to_drain() const;
  std::int64_t draining() const;

private:
  using rank = std::tuple<bool, bool, int, room_id>; ///< has players, other major version, urgency
  using ranking = std::map<rank, planned_room>;
  int urgency(const room_record& room, timestamp last_ping_at) const;
  void keep(ranking& best, rank place, planned_room room) const;

  std::int64_t amount_;
  std::int64_t limit_;
  std::string active_version_;
  duration ping_timeout_;
  clock_reading clock_;
  ranking begin_with_;
  ranking drain_already_;
  std::int64_t free_ = 0;         ///< of all that were offered: hold no players
  std::int64_t drain_before_ = 0; ///< drain already
  std::int64_t hold_players_ = 0; ///< do not
  std::vector<room_id> leaving_;
};

} // namespace maestro::rules
