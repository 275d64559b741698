// Points in time and the clock port. Rules take a reading as an argument; actors read it once per message from the
// clock they were spawned with. Timers use the actor system's own clock, so both run under virtual time in tests.
// Records hold wall-clock time; how long something lasts is always asked of `lasted`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace maestro {

/// Wall-clock time in UTC, nanosecond resolution. The epoch itself means "never".
using timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using duration = std::chrono::nanoseconds;

constexpr timestamp never{};

/// The only source of wall-clock time that actors know.
using wall_clock = std::function<timestamp()>;

/// One look at a node's clock. `now` runs evenly within a life of the node, whatever is done to the wall clock, and
/// is the wall's time but for steps not noticed yet. Before `even_since` (the node's start, the end of a pause, a
/// step of the wall clock) nobody can tell how much time has really passed.
struct clock_reading {
  timestamp now = never;
  timestamp even_since = never;
  duration steady{}; ///< the machine's steady clock: what deadlines between actors of one machine are told in

  clock_reading() = default;
  clock_reading(timestamp at, timestamp even_from = never, duration steady_now = {})
      : now(at), even_since(even_from), steady(steady_now) {}
};
using node_clock = std::function<clock_reading()>;

/// How long what began at `since` has lasted for certain. What lies before `even_since`, or in the future (the wall
/// clock was put back), counts from `even_since`: after each of these everything gets its full time anew.
constexpr duration lasted(timestamp since, const clock_reading& at) {
  auto known = since > at.now || since < at.even_since ? at.even_since : since;
  return at.now - known;
}

/// RFC 3339 in UTC with `Z` and 0, 3, 6 or 9 fraction digits, as protojson renders a Timestamp;
/// `never` renders as Go's zero time `0001-01-01T00:00:00Z`.
std::string to_rfc3339(timestamp t);

} // namespace maestro
