#include "actors/rules/sliced_copy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace maestro::rules {
namespace {

struct entry {
  std::string key;
  int value = 0;
  bool operator==(const entry&) const = default;
};
struct by_key {
  using is_transparent = void;
  static const std::string& key_of(const entry& one) { return one.key; }
  static const std::string& key_of(const std::string& key) { return key; }
  bool operator()(const auto& left, const auto& right) const { return key_of(left) < key_of(right); }
};
using table = std::set<entry, by_key>;

/// Changes the map as a table does, telling the copy first.
struct changing_map {
  table all;
  sliced_copy<entry, &entry::key> copy;

  void put(const std::string& key, int value) {
    auto [place, is_new] = all.insert({key, value});
    if (is_new)
      return copy.inserted(key);
    copy.before_change(*place);
    all.erase(place);
    all.insert({key, value});
  }
  void drop(const std::string& key) {
    auto found = all.find(key);
    if (found == all.end())
      return;
    copy.before_change(*found);
    all.erase(found);
  }
  static std::map<std::string, int> sorted(const std::vector<entry>& entries) {
    std::map<std::string, int> values;
    for (auto& one : entries)
      EXPECT_TRUE(values.emplace(one.key, one.value).second) << one.key << " came twice";
    return values;
  }
  std::map<std::string, int> now() const {
    std::map<std::string, int> values;
    for (auto& one : all)
      values.emplace(one.key, one.value);
    return values;
  }
};

TEST(SlicedCopy, IsTheMapAtItsBeginningWhateverHappensBetweenSlices) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    changing_map map;
    auto some_key = [&] { return "k" + std::to_string(random() % 80); };
    for (auto n = random() % 120; n > 0; --n)
      map.put(some_key(), static_cast<int>(random() % 1000));
    auto wanted = map.now();
    std::vector<entry> copied;
    map.copy.begin();
    for (auto outcome = slice_outcome::more; outcome != slice_outcome::whole;) {
      outcome = map.copy.next(map.all, 1 + random() % 8, copied);
      for (auto n = random() % 6; n > 0; --n) {
        if (random() % 3 == 0)
          map.drop(some_key());
        else
          map.put(some_key(), static_cast<int>(random() % 1000));
      }
    }
    ASSERT_EQ(changing_map::sorted(copied), wanted) << "seed " << seed;
  }
}

TEST(SlicedCopy, SlicesAreShort) {
  changing_map map;
  for (int i = 0; i < 1000; ++i)
    map.put(std::to_string(i), i);
  map.copy.begin();
  std::size_t slices = 0;
  for (auto outcome = slice_outcome::more; outcome == slice_outcome::more; ++slices) {
    std::vector<entry> slice;
    outcome = map.copy.next(map.all, 10, slice);
    EXPECT_LT(slice.size(), 30u);
  }
  EXPECT_GT(slices, 50u);
}

} // namespace
} // namespace maestro::rules
