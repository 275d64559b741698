// How a command ends when it does not succeed: an exit code that scripts can branch on and one line for people.
// Thrown anywhere below a command, caught once in command_line.cpp, which prints the text on stderr.
#pragma once

#include <stdexcept>
#include <string>

namespace maestro::cli {

/// Documented in `maestro --help`; never renumbered.
enum exit_code : int {
  exit_ok = 0,
  exit_refused = 1,     ///< the server refused the request, or the operation ended in error
  exit_usage = 2,       ///< wrong arguments or an unreadable file
  exit_unreachable = 3, ///< no server there, or no answer in time
  exit_not_found = 4,   ///< scheduler, operation or room does not exist
  exit_timeout = 5,     ///< what was waited for did not happen in time
  exit_canceled = 6,    ///< the operation ended canceled or evicted
};

struct failure : std::runtime_error {
  failure(exit_code c, const std::string& text) : std::runtime_error(text), code(c) {}
  exit_code code;
};

} // namespace maestro::cli
