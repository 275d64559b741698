// libfaketime, which gives a process a wall clock of its own. It and the address sanitizer's runtime wait for each other
// when a process starts, so a sanitized node cannot have one.
#pragma once

#include "test/support/sanitized.hpp"

namespace maestro::test {

inline constexpr const char* faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
inline constexpr bool can_fake_time = !is_sanitized;

} // namespace maestro::test
