// What our doors are measured against: Boost.Beast alone, answering a constant, written the way its
// documentation shows. Runs until the process ends.
#pragma once

#include <cstdint>

namespace maestro {

/// Serves on a free port of 127.0.0.1 with so many threads and calls `opened` with the port; returns never.
[[noreturn]] void run_bare_server(void (*opened)(std::uint16_t port), int threads = 1);

} // namespace maestro
