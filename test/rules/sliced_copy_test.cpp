#include "actors/rules/sliced_copy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace maestro::rules {
namespace {

struct entry {
  std::string key;
  int value = 0;
  bool operator==(const entry&) const = default;
};
using table = std::unordered_map<std::string, entry>;

/// Changes the map as a table does, telling the copy first.
struct changing_map {
  table all;
  sliced_copy<std::string, entry> copy;

  void put(const std::string& key, int value) {
    auto [place, is_new] = all.emplace(key, entry{key, value});
    if (is_new)
      return copy.inserted(all, key);
    copy.before_change(all, place);
    place->second.value = value;
  }
  void drop(const std::string& key) {
    auto found = all.find(key);
    if (found == all.end())
      return;
    copy.before_change(all, found);
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
    for (auto& [key, one] : all)
      values.emplace(key, one.value);
    return values;
  }
};

TEST(SlicedCopy, IsTheMapAtItsBeginningWhateverHappensBetweenSlices) {
  int begun_again = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    changing_map map;
    auto some_key = [&] { return "k" + std::to_string(random() % 80); };
    for (auto n = random() % 120; n > 0; --n)
      map.put(some_key(), static_cast<int>(random() % 1000));
    auto wanted = map.now();
    std::vector<entry> copied;
    map.copy.begin(map.all);
    for (auto outcome = slice_outcome::more; outcome != slice_outcome::whole;) {
      outcome = map.copy.next(map.all, 1 + random() % 8, copied);
      if (outcome == slice_outcome::begin_again) {
        ++begun_again;
        wanted = map.now();
        copied.clear();
        map.copy.begin(map.all);
      }
      for (auto n = random() % 6; n > 0; --n) {
        if (random() % 3 == 0)
          map.drop(some_key());
        else
          map.put(some_key(), static_cast<int>(random() % 1000));
      }
    }
    ASSERT_EQ(changing_map::sorted(copied), wanted) << "seed " << seed;
  }
  EXPECT_GT(begun_again, 0) << "no map ever grew: the test proves less than it says";
}

TEST(SlicedCopy, SlicesAreShort) {
  changing_map map;
  map.all.reserve(1000);
  for (int i = 0; i < 1000; ++i)
    map.put(std::to_string(i), i);
  map.copy.begin(map.all);
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
