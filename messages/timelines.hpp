// What the journal tells people of the past: what happened to one room or one operation, and how the statuses of all of them
// change. To the TIMELINE READER, through the directory.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

/// What happened to a room, or to an operation, oldest first; of living ones and, within the journal's retention,
/// of those that have ended. `not_found` when the journal knows nothing of it (any more).
struct get_room_timeline {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(get_room_timeline, x.scheduler, x.room)

struct get_operation_timeline {
  scheduler_name scheduler;
  operation_id id;
};
MAESTRO_INSPECT(get_operation_timeline, x.scheduler, x.id)

struct timeline_line {
  timestamp at = never;
  std::string what;   ///< the event's name: `room_created`, `room_allocated`, `operation_started`, …
  std::string cause;  ///< why, as a word or an operation's id; empty where an event has none
  std::string detail; ///< for people: `ready -> occupied, 1 match`, `exit code 3`
  bool operator==(const timeline_line&) const = default;
};
MAESTRO_INSPECT(timeline_line, x.at, x.what, x.cause, x.detail)

struct timeline {
  std::vector<timeline_line> lines;
  /// Not never: what happened before that time is past the journal's retention and may be missing.
  timestamp known_since = never;
  /// Lines that were left out after the first one, because there are more than one answer holds.
  std::uint64_t left_out = 0;
};
MAESTRO_INSPECT(timeline, x.lines, x.known_since, x.left_out)

/// How the statuses of a scheduler's rooms, or of its operations, changed, in order and none left out: for whoever watches.
struct list_changes {
  scheduler_name scheduler;
  bool of_operations = false; ///< else of rooms
  bool from_now = false;      ///< nothing but the place where the next change will be
  std::uint64_t after = 0;    ///< `next` of the answer before; 0: from the oldest that the journal has
};
MAESTRO_INSPECT(list_changes, x.scheduler, x.of_operations, x.from_now, x.after)

struct status_change {
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::string id;     ///< of the room or the operation
  std::string status; ///< from here on; `gone`: a room that is no more
  std::string detail; ///< a cause, a reason, an operation's kind; may be empty
  bool operator==(const status_change&) const = default;
};
MAESTRO_INSPECT(status_change, x.sequence, x.at, x.id, x.status, x.detail)

struct change_list {
  std::vector<status_change> items;
  std::uint64_t next = 0;
  bool is_last = true;  ///< nothing more for now
  bool has_gap = false; ///< what came first after the place is past the journal's retention
};
MAESTRO_INSPECT(change_list, x.items, x.next, x.is_last, x.has_gap)

} // namespace maestro
