// What a command sees of the world: three streams, whether the output can be redrawn and coloured, the clock, the
// environment and how to wait. `process_terminal` gives the real one; tests hand in strings and a clock of their
// own.
#pragma once

#include "messages/time.hpp"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace maestro::cli {

struct terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool live = false;  ///< `out` is a terminal: lines may be redrawn
  bool color = false; ///< `out` shows colours (a terminal, and NO_COLOR is not set)
  wall_clock now;
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::function<void(duration)> pause;
  std::function<std::size_t()> height = [] { return std::size_t{0}; }; ///< lines of the terminal; 0 = not known
  std::function<std::size_t()> width = [] { return std::size_t{0}; };  ///< its columns; 0 = not known
  bool is_interactive = false; ///< `in` is a terminal: somebody can be asked
};

terminal process_terminal();

} // namespace maestro::cli
