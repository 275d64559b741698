// Tar archives as every tar reads them: ustar, and a pax record before a name that is too long for it. Only regular files.
#pragma once

#include <cstdint>
#include <string>

namespace maestro::process {

/// What stands before a file's bytes: 512 bytes, or more of them.
std::string tar_header(const std::string& name, std::uint64_t size, std::int64_t modified_at);
/// What stands behind them, so that they fill whole blocks.
std::string tar_padding(std::uint64_t size);
/// What stands at the end of all.
std::string tar_end();

} // namespace maestro::process
