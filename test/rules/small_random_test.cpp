// The small engine is as even as it must be for names, ports and ids.
#include "actors/rules/small_random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>

namespace maestro {
namespace {

static_assert(sizeof(small_random) == 16);

/// How far the counts are from even, as chi-square over its degrees of freedom; about 1 for a fair engine.
template <std::size_t N>
double unevenness(const std::array<int, N>& counts, int draws) {
  auto expected = double(draws) / N;
  double sum = 0;
  for (auto count : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum / (N - 1);
}

TEST(SmallRandom, EveryByteIsEven) {
  constexpr int draws = 100'000;
  for (int shift = 0; shift < 64; shift += 8) {
    small_random random(7, 3);
    std::array<int, 256> counts{};
    for (int i = 0; i < draws; ++i)
      ++counts[(random() >> shift) & 255];
    EXPECT_LT(unevenness(counts, draws), 1.4) << "bits from " << shift;
    EXPECT_GT(unevenness(counts, draws), 0.7) << "bits from " << shift << ": too even to be random";
  }
}

TEST(SmallRandom, PairsOfDrawsAreEven) {
  constexpr int draws = 200'000;
  small_random random(1);
  std::array<int, 256> counts{};
  for (int i = 0; i < draws; ++i) {
    auto first = random() & 15, second = random() & 15;
    ++counts[first * 16 + second];
  }
  EXPECT_LT(unevenness(counts, draws), 1.4);
}

TEST(SmallRandom, ABitOfTheSeedChangesHalfOfTheBits) {
  double flipped = 0;
  for (int bit = 0; bit < 64; ++bit)
    flipped += std::popcount(small_random(0)() ^ small_random(std::uint64_t{1} << bit)());
  EXPECT_NEAR(flipped / 64, 32, 4);
}

TEST(SmallRandom, EnginesOfOtherSeedsOrSequencesDrawOtherNumbers) {
  std::set<std::uint64_t> seen;
  constexpr int each = 2'000;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint64_t sequence = 0; sequence < 10; ++sequence) {
      small_random random(seed, sequence);
      for (int i = 0; i < each; ++i)
        seen.insert(random());
    }
  EXPECT_EQ(seen.size(), 100u * each);
}

TEST(SmallRandom, TheSameSeedIsTheSameSequence) {
  small_random one(42, 1), other(42, 1);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(one(), other());
}

} // namespace
} // namespace maestro
