// Points in time and the clock port. Rules take `now` as an argument; actors read it once per message from the
// clock they were spawned with. Timers use the actor system's own clock, so both run under virtual time in tests.
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

/// RFC 3339 in UTC with `Z` and 0, 3, 6 or 9 fraction digits, as protojson renders a Timestamp;
/// `never` renders as Go's zero time `0001-01-01T00:00:00Z`.
std::string to_rfc3339(timestamp t);

} // namespace maestro
