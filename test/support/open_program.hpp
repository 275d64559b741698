// Rooms run as users of their own where the node is root, and those may not pass a checkout in a closed home (/root, say). What
// a test has built and a room shall run is then taken from a folder that all may pass.
#pragma once

#include <string>

namespace maestro::test {

/// The path of that program, or folder of programs, or of a copy of it where a folder above it is closed to others. The copy
/// lives as long as the test's process. Throws when it cannot be made.
std::string open_program(const std::string& program);

} // namespace maestro::test
