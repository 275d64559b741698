// The simulated cluster: a first set of seeds holds every invariant, a seed is one run and only one, and each rule of a
// cluster that is broken on purpose is noticed.
#include "nodes/simulation/simulation.hpp"

#include <gtest/gtest.h>

namespace maestro::simulation {
namespace {

simulation_options three_nodes(std::uint64_t seed, broken_rule broken = broken_rule::none) {
  simulation_options options;
  options.seed = seed;
  options.steps = broken == broken_rule::none ? 1200 : 2000;
  options.nodes = 3;
  options.broken = broken;
  return options;
}

class ClusterSeeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ClusterSeeds, HoldEveryInvariant) {
  auto report = simulate(three_nodes(GetParam()));
  for (auto& one : report.violations)
    ADD_FAILURE() << "seed " << GetParam() << ": " << one.invariant << ": " << one.text;
  EXPECT_GT(report.records, 0u);
  EXPECT_GT(report.owners, 0u);
}
INSTANTIATE_TEST_SUITE_P(First, ClusterSeeds, ::testing::Range<std::uint64_t>(1, 101));

TEST(ClusterSimulation, EqualSeedsGiveEqualRuns) {
  auto first = simulate(three_nodes(7));
  auto second = simulate(three_nodes(7));
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.messages, second.messages);
  EXPECT_NE(first.digest, simulate(three_nodes(8)).digest);
}

class BrokenClusterRules : public ::testing::TestWithParam<broken_rule> {};

TEST_P(BrokenClusterRules, AreNoticedWithinFortySeeds) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    if (!simulate(three_nodes(seed, GetParam())).violations.empty())
      return;
  FAIL() << "no seed of forty noticed the broken rule";
}
INSTANTIATE_TEST_SUITE_P(OnPurpose, BrokenClusterRules,
                         ::testing::Values(broken_rule::no_fence, broken_rule::acknowledge_early,
                                           broken_rule::trim_early, broken_rule::obey_old_epoch,
                                           broken_rule::lose_nobody, broken_rule::skip_sync,
                                           broken_rule::forget_request));

} // namespace
} // namespace maestro::simulation
