#include "nodes/process_usage.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace maestro {
namespace {

TEST(ProcessUsage, IsWhatThisProcessUses) {
  auto usage = read_process_usage();
  auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(usage.cpu_seconds, 0);
  EXPECT_GT(usage.resident_bytes, 1e6);
  EXPECT_GE(usage.virtual_bytes, usage.resident_bytes);
  EXPECT_GE(usage.open_fds, 3);
  EXPECT_GE(usage.max_fds, usage.open_fds);
  EXPECT_LE(usage.start_time_seconds, now + 2);
  EXPECT_GT(usage.start_time_seconds, now - 3600);
}

} // namespace
} // namespace maestro
