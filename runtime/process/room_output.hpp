// Reads back what a container wrote: the end of its captured output, across rotated files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace maestro::process {

/// At most `tail_bytes` from the end, beginning with a whole line where something was cut off, as valid UTF-8
/// (bytes that are none become U+FFFD). None when there is no log.
std::optional<std::string> read_output_tail(const std::string& logs_directory, const std::string& container,
                                            std::uint64_t tail_bytes);

} // namespace maestro::process
