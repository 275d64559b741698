// What our doors are measured against: Boost.Beast alone, one thread, answering a constant, written the way its
// documentation shows. Runs until the process ends.
#pragma once

#include <cstdint>

namespace maestro {

/// Serves on a free port of 127.0.0.1 and calls `opened` with it; returns never.
[[noreturn]] void run_bare_server(void (*opened)(std::uint16_t port));

} // namespace maestro
