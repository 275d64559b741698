// A copy of a big hash map as it was at one moment, taken in slices while the map goes on changing: what changes or
// goes before its slice was taken is copied first. So a snapshot of a million rooms costs its actor many short turns
// and no long one, and is exactly the state after one event, however many events come meanwhile. (Copying the
// records that change and not the map costs memory only for them; telling the reader to replay over a blurred
// snapshot would make every event's `apply` promise to be repeatable.) A map that grew its buckets has another order
// now: its copy begins again. Used by tables whose snapshots may be big.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace maestro::rules {

enum class slice_outcome { more, whole, begin_again };

template <class Key, class Value>
class sliced_copy {
public:
  using map = std::unordered_map<Key, Value>;

  void begin(const map& all) {
    end();
    is_under_way_ = true;
    buckets_ = all.bucket_count();
  }
  void end() { *this = sliced_copy(); }

  /// To be told before an entry changes or goes, and after one came.
  void before_change(const map& all, typename map::const_iterator entry) {
    if (is_still_to_come(all, entry->first) && apart_.insert(entry->first).second)
      kept_.push_back(entry->second);
  }
  void inserted(const map& all, const Key& key) {
    if (is_still_to_come(all, key))
      apart_.insert(key);
  }

  /// Appends the next values, about `count`, in no order.
  slice_outcome next(const map& all, std::size_t count, std::vector<Value>& out) {
    if (all.bucket_count() != buckets_)
      return slice_outcome::begin_again;
    auto enough = out.size() + count;
    for (auto& value : std::exchange(kept_, {}))
      out.push_back(std::move(value));
    auto last = bucket_ + 16 * count; // a map that has shrunk is mostly empty buckets
    for (; bucket_ < buckets_ && bucket_ < last && out.size() < enough; ++bucket_)
      for (auto entry = all.begin(bucket_); entry != all.end(bucket_); ++entry)
        if (!apart_.contains(entry->first))
          out.push_back(entry->second);
    return bucket_ < buckets_ ? slice_outcome::more : slice_outcome::whole;
  }

private:
  bool is_still_to_come(const map& all, const Key& key) const {
    return is_under_way_ && all.bucket_count() == buckets_ && all.bucket(key) >= bucket_;
  }

  bool is_under_way_ = false;
  std::size_t bucket_ = 0; ///< the first that is still to come
  std::size_t buckets_ = 0;
  std::vector<Value> kept_;       ///< as they were, for the next slice
  std::unordered_set<Key> apart_; ///< not to be taken from the map: kept before, or not there at the beginning
};

} // namespace maestro::rules
