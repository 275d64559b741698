// What the events of a stream say about one room or one operation, line by line, for people: from records of the
// journal to the answer of a timeline query. A new event is no line until somebody decides what it says: the
// compiler insists. Called by actors/timeline_reader.
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"

#include <cstdint>
#include <string>

namespace maestro::rules {

/// Collects lines, oldest first. More than `lines_max`: the first stays and the oldest after it go, counted.
class timeline_lines {
public:
  explicit timeline_lines(std::size_t lines_max) : lines_max_(lines_max) {}

  void add(timeline_line line);
  bool empty() const { return lines_.empty(); }
  timeline finish(timestamp known_since);

private:
  std::size_t lines_max_;
  std::vector<timeline_line> lines_; ///< a ring behind the first one, once it is full
  std::size_t oldest_ = 1;
  std::uint64_t left_out_ = 0;
};

/// `at`: when the event became durable. An event that is not about the room (operation) adds nothing.
void tell(timeline_lines& lines, const room_id& room, const pool_event& event, timestamp at);
void tell(timeline_lines& lines, const operation_id& operation, const scheduler_event& event, timestamp at);

} // namespace maestro::rules
