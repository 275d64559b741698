// A broken promise ends the process in every build, and says which one with its numbers.
#include "messages/assert.hpp"

#include <gtest/gtest.h>

namespace maestro {
namespace {

TEST(Assert, SaysPlaceConditionAndNumbers) {
  int sequence = 7;
  EXPECT_DEATH(MAESTRO_ASSERT(sequence == 8, "sequence {}, expected {}", sequence, 8),
               "broken promise at .*assert_test.cpp:[0-9]+: sequence == 8 \\(sequence 7, expected 8\\)");
}

TEST(Assert, CostsNothingVisibleWhenItHolds) {
  int evaluated = 0;
  MAESTRO_ASSERT(true, "{}", ++evaluated);
  EXPECT_EQ(evaluated, 0);
}

} // namespace
} // namespace maestro
