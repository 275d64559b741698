// The simulator itself: a first set of seeds holds every invariant, a seed is one run and only one, and each rule
// that is broken on purpose is noticed.
#include "nodes/simulation/simulation.hpp"

#include <gtest/gtest.h>

namespace maestro::simulation {
namespace {

std::string tell(const simulation_report& report) {
  std::string text;
  for (auto& one : report.violations)
    text += one.invariant + ": " + one.text + "\n";
  return text;
}

class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, HoldEveryInvariant) {
  auto report = simulate({GetParam(), 1500, broken_rule::none, {}});
  EXPECT_TRUE(report.violations.empty()) << "seed " << GetParam() << "\n" << tell(report);
  EXPECT_GT(report.crashes, 0u);
  EXPECT_GT(report.allocations, 0u);
}
INSTANTIATE_TEST_SUITE_P(First, Seeds, ::testing::Range<std::uint64_t>(1, 61));

TEST(Simulation, EqualSeedsGiveEqualRuns) {
  auto first = simulate({7, 800, broken_rule::none, {}});
  auto second = simulate({7, 800, broken_rule::none, {}});
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.messages, second.messages);
  auto other = simulate({8, 800, broken_rule::none, {}});
  EXPECT_NE(first.digest, other.digest);
}

class BrokenRules : public ::testing::TestWithParam<broken_rule> {};

TEST_P(BrokenRules, AreNoticedWithinTenSeeds) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    if (!simulate({seed, 1500, GetParam(), {}}).violations.empty())
      return;
  FAIL() << "no seed of ten noticed the broken rule";
}
INSTANTIATE_TEST_SUITE_P(OnPurpose, BrokenRules,
                         ::testing::Values(broken_rule::skip_sync, broken_rule::reply_early,
                                           broken_rule::forget_intent));

} // namespace
} // namespace maestro::simulation
