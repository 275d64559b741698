// The hash table that grows step by step, beside one of the standard library.
#include "messages/steady_index.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <unordered_map>

namespace maestro {
namespace {

struct id_of_text {
  const std::string& operator()(const std::string* text) const { return *text; }
};
using index = steady_index<std::string, const std::string*, id_of_text>;

TEST(SteadyIndex, HoldsWhatAnOrdinaryOneHolds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::deque<std::string> things;
    std::unordered_map<std::string, const std::string*> expected;
    index found;
    for (int i = 0; i < 5000; ++i) {
      bool is_shrinking = (i / 1000) % 2 == 1;
      auto id = "room-" + std::to_string(random() % 3000);
      auto known = expected.find(id);
      auto* seen = found.find(id);
      ASSERT_EQ(seen == nullptr ? nullptr : *seen, known == expected.end() ? nullptr : known->second);
      if (known == expected.end() && !is_shrinking) {
        things.push_back(id);
        expected.emplace(id, &things.back());
        found.insert(&things.back());
      } else if (known != expected.end() && is_shrinking) {
        ASSERT_EQ(found.extract(id), known->second);
        expected.erase(known);
      }
      ASSERT_EQ(found.size(), expected.size());
    }
    std::size_t visited = 0;
    found.for_each([&](const std::string* text) { visited += expected.at(*text) == text; });
    ASSERT_EQ(visited, expected.size());
  }
}

TEST(SteadyIndex, IsEmptyAgainWhenAllIsTaken) {
  std::deque<std::string> things;
  index found;
  for (int i = 0; i < 1000; ++i)
    found.insert(&things.emplace_back(std::to_string(i)));
  for (auto& thing : things)
    EXPECT_EQ(found.extract(thing), &thing);
  EXPECT_EQ(found.extract("7"), nullptr);
  EXPECT_EQ(found.size(), 0u);
  found.insert(&things.front());
  EXPECT_EQ(*found.find("0"), &things.front());
}

// How many ids are read again while one more is added says how long the longest step is.
TEST(SteadyIndex, NoStepMovesMoreThanASegment) {
  struct counting {
    std::size_t* reads;
    const std::string& operator()(const std::string* text) const {
      ++*reads;
      return *text;
    }
  };
  std::size_t reads = 0;
  std::deque<std::string> things;
  steady_index<std::string, const std::string*, counting> found(counting{&reads});
  std::size_t longest = 0;
  for (int i = 0; i < 200'000; ++i) {
    reads = 0;
    found.insert(&things.emplace_back(std::to_string(i)));
    longest = std::max(longest, reads);
  }
  EXPECT_LE(longest, 512u);
}

} // namespace
} // namespace maestro
