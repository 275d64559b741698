// The durable table of a room pool: every room of one scheduler and the counts over them. `apply` is the only code
// that changes it, live and in replay alike; what happens is decided beside it (actors/rules/room_*), by functions
// that only read. Held by the room pool (through actors/event_log) and by the simulator's invariants.
#pragma once

#include "actors/rules/sliced_copy.hpp"
#include "messages/commands.hpp"
#include "messages/events.hpp"

#include <unordered_map>

namespace maestro::rules {

class room_table {
public:
  using event_type = pool_event;
  using snapshot_type = pool_snapshot;

  /// Events about unknown rooms change nothing.
  void apply(const pool_event& event);

  pool_snapshot snapshot() const;
  void restore(pool_snapshot snapshot);

  /// The snapshot as of `begin_snapshot`, part by part; events may be applied in between. Parts are encoded one
  /// behind the other.
  void begin_snapshot();
  slice_outcome next_part(std::size_t entries, pool_snapshot& part);
  void end_snapshot() { copy_.end(); }

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
  sliced_copy<room_id, room_record> copy_;
  pool_snapshot first_part_; ///< what is not in rooms, until it is handed out
};

/// What the event makes of the record: `apply` does this to the table, a decision to a copy, to see what the event
/// would lead to.
void become(room_record& room, const room_ports_changed& event);
void become(room_record& room, const room_instance_changed& event);
void become(room_record& room, const room_pinged& event);
void become(room_record& room, const room_allocated& event);
void become(room_record& room, const room_removal_started& event);

} // namespace maestro::rules
