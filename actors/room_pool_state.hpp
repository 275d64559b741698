// The durable state of a room pool: every room of one scheduler and the counts over them. `apply` is the only code
// that changes it, live and in replay alike; decisions are made elsewhere (actors/rules, actors/room_pool).
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"

#include <unordered_map>

namespace maestro {

class room_pool_rooms {
public:
  using event_type = pool_event;
  using snapshot_type = pool_snapshot;

  /// Events about unknown rooms change nothing.
  void apply(const pool_event& event);

  pool_snapshot snapshot() const;
  void restore(pool_snapshot snapshot);
  std::size_t size() const { return rooms_.size(); }

  const std::unordered_map<room_id, room_record>& rooms() const { return rooms_; }
  /// nullptr when there is no such room.
  const room_record* find(const room_id& id) const;
  const room_counts& counts() const { return counts_; }
  /// Rooms that this add (or remove) operation has created (or begun to remove) so far.
  std::int64_t created_by(const operation_id& operation) const;
  std::int64_t removed_by(const operation_id& operation) const;

private:
  struct applier;
  void count(const room_record& room, std::int64_t sign);

  std::unordered_map<room_id, room_record> rooms_;
  room_counts counts_;
  operation_tally last_add_;
  operation_tally last_remove_;
};

/// The record after the event, for deciding what the event would lead to.
room_record with_status(room_record room, room_status status, timestamp at);

} // namespace maestro
