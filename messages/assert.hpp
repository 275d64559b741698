// What the code relies on and no input can break, checked in release builds too. A broken promise of our own is a
// bug: going on would write a wrong fact to the disk or end the wrong process, so the node stops at once, says
// what it found, and starts again from its journal. Never for bad input, a full disk or a late answer: those are
// failures (messages/error.hpp).
#pragma once

#include <fmt/format.h>

#include <string>

namespace maestro {

/// Writes one line to stderr and aborts.
[[noreturn]] void assertion_failed(const char* file, int line, const char* condition, const std::string& numbers);

} // namespace maestro

/// MAESTRO_ASSERT(sequence == durable + 1, "sequence {}, durable {}", sequence, durable);
#define MAESTRO_ASSERT(condition, ...)                                                                            \
  (static_cast<bool>(condition)                                                                                   \
       ? static_cast<void>(0)                                                                                     \
       : ::maestro::assertion_failed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)))
