// The durable table of a room pool: every room of one scheduler and the counts over them. `apply` is the only code
// that changes it, live and in replay alike; what happens is decided beside it (actors/rules/room_*), by functions
// that only read. Held by the room pool (through actors/event_log) and by the simulator's invariants.
#pragma once

#include "actors/rules/request_memory.hpp"
#include "actors/rules/sliced_copy.hpp"
#include "messages/commands.hpp"
#include "messages/events.hpp"
#include "messages/steady_index.hpp"

#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ranked_index.hpp>
#include <boost/multi_index_container.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace maestro::rules {

class room_table {
public:
  room_table() = default;
  room_table(const room_table&) = delete;
  room_table& operator=(const room_table&) = delete;

  using event_type = pool_event;
  using snapshot_type = pool_snapshot;

  /// Events about unknown rooms change nothing.
  void apply(const pool_event& event);

  pool_snapshot snapshot() const;
  void restore(pool_snapshot snapshot);
  /// The next part of a snapshot that was written in parts; the table was empty before the first.
  void restore_part(pool_snapshot part);

  /// The snapshot as of `begin_snapshot`, part by part; events may be applied in between. Parts are encoded one
  /// behind the other.
  void begin_snapshot();
  slice_outcome next_part(std::size_t entries, pool_snapshot& part);
  void end_snapshot() { copy_.end(); }

  std::size_t size() const { return rooms_.size(); }

  /// nullptr when there is no such room. The address stays while the room does.
  const room_record* find(const room_id& id) const;

  /// By id. A look at all rooms that is made in slices goes on with the first room after the last one it has seen,
  /// whatever came and went meanwhile; `at` is where a page begins.
  const auto& rooms() const { return rooms_; }
  const room_record* after(const room_id& id) const;
  const room_record* at(std::size_t place) const;

  const room_counts& counts() const { return counts_; }
  bool is_in_use(const std::string& version) const { return versions_.contains(version); }
  /// How many rooms each node has; none with 0.
  const std::map<std::string, std::int64_t>& by_node() const { return nodes_; }
  /// How many rooms take up their machine, by node and version; none with 0. One whose processes have ended does not.
  using living_rooms = std::map<std::pair<std::string, std::string>, std::int64_t>;
  const living_rooms& living() const { return living_; }
  /// Grows with each change of it.
  std::uint64_t living_changes() const { return living_changes_; }
  /// Rooms that this add operation has intended so far, and those of them that the runtime has not refused. Rooms that try
  /// out a version are in no tally: their operation goes on while another adds or removes rooms, which must not be forgotten.
  std::int64_t intended_by(const operation_id& operation) const;
  std::int64_t created_by(const operation_id& operation) const;
  /// Rooms that try out a version; few.
  const std::set<room_id>& validation_rooms() const { return validation_rooms_; }
  /// Rooms that this remove operation has begun to remove or to drain so far.
  std::int64_t removed_by(const operation_id& operation) const;
  /// Allocations by their keys.
  const request_memory& requests() const { return requests_; }

private:
  struct applier;
  using by_id = boost::multi_index::member<room_record, room_id, &room_record::id>;
  using container =
      boost::multi_index_container<room_record,
                                   boost::multi_index::indexed_by<boost::multi_index::ranked_unique<by_id>>>;
  struct id_of_record {
    const room_id& operator()(const room_record* room) const { return room->id; }
  };

  /// What is decided to end for `cause` was never created, if that says so.
  void note_failure(const room_record& room, removal_cause cause);
  void count(const room_record& room, std::int64_t sign);
  void count_kind(const room_record& room, std::int64_t sign);
  void count_living(const room_record& room, std::int64_t sign);
  /// nullptr when there is no such room. Its id, which the container sorts by, never changes.
  room_record* find_to_change(const room_id& id);

  container rooms_;
  steady_index<room_id, const room_record*, id_of_record> index_; ///< of the same
  std::map<std::string, std::int64_t> versions_;                  ///< rooms of each
  std::map<std::string, std::int64_t> nodes_;                     ///< likewise
  living_rooms living_;
  std::uint64_t living_changes_ = 0;
  room_counts counts_;
  std::set<room_id> validation_rooms_;
  operation_tally last_add_;
  operation_tally last_remove_;
  request_memory requests_;
  sliced_copy<room_record, &room_record::id> copy_;
  pool_snapshot first_part_; ///< what is not in rooms, until it is handed out
};

/// What the event makes of the record: `apply` does this to the table, a decision to a copy, to see what the event
/// would lead to.
void become(room_record& room, const room_ports_changed& event);
void become(room_record& room, const room_instance_changed& event);
void become(room_record& room, const room_pinged& event);
void become(room_record& room, const room_silenced& event);
void become(room_record& room, const room_allocated& event);
void become(room_record& room, const room_removal_started& event);
void become(room_record& room, const room_draining& event);
void become(room_record& room, const room_event_reported& event);

} // namespace maestro::rules
