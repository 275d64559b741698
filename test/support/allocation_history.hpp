// Whether what clients saw of rooms that were allocated and given back can have happened one after another (linearizability):
// at no moment had a room two holders, and nothing was given that did not exist. Pure: a history is a list of what was asked
// and answered, and when. An answer that was lost may have been given: its room may be held by nobody who knows it, which
// nothing here forbids; a refusal is always allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace maestro {

using history_time = std::chrono::steady_clock::time_point;

enum class allocation_outcome : std::uint8_t { given = 1, refused, unknown };

/// One client's request, and what became of the room if it got one.
struct allocation {
  std::string client;
  std::string room; ///< given only
  allocation_outcome outcome = allocation_outcome::unknown;
  history_time asked;
  history_time answered;                    ///< of an unknown one: when it was given up
  std::optional<history_time> return_asked; ///< the holder begins to give the room back; none: it keeps it
  std::optional<history_time> returned;     ///< that was acknowledged; none: nobody knows when it happened
};

struct allocation_counts {
  std::size_t given = 0;
  std::size_t refused = 0;
  std::size_t unknown = 0;
};
allocation_counts count(const std::vector<allocation>& history);

/// What cannot have been, each as a text that names room and clients; empty: everything can. `rooms`: all that ever were.
std::vector<std::string> violations(const std::vector<allocation>& history, const std::set<std::string>& rooms);

} // namespace maestro
