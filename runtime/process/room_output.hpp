// Reads back what a container wrote: its captured output across rotated files, as runtime/process/shim/capture.c leaves
// it. When something was captured says a mark every 64 bytes or every minute, so that a beginning is found to
// within that; what was captured without marks counts as old.
#pragma once

#include "messages/error.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace maestro::process {

struct output_wish {
  std::uint64_t tail_bytes = 0; ///< at most so many, from the end of what is asked for
  timestamp since = never;      ///< only what was captured since then, to whole seconds
  bool is_previous = false;     ///< of the run before the container's last restart
  bool is_latest = false;       ///< of the run since then
};

/// Beginning with a whole line where something was cut off, as valid UTF-8 (bytes that are none become U+FFFD).
/// `not_found` when there is no log, `failed_precondition` when there was no run before.
result<std::string> read_output(const std::string& logs_directory, const std::string& container,
                                const output_wish& wish);

} // namespace maestro::process
