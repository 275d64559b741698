// A copy of a big ordered table as it was at one moment, taken in slices while the table goes on changing: what
// changes or goes before its slice was taken is copied first. So a snapshot of a million rooms costs its actor
// many short turns and no long one, and is exactly the state after one event, however many events come meanwhile.
// (Copying the records that change and not the table costs memory only for them; telling the reader to replay over
// a blurred snapshot would make every event's `apply` promise to be repeatable.) Used by tables whose snapshots
// may be big.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace maestro::rules {

enum class slice_outcome { more, whole };

/// `key`: the member of a value that the table is sorted by.
template <class Value, auto key>
class sliced_copy {
public:
  using key_type = std::remove_cvref_t<decltype(std::declval<Value>().*key)>;

  void begin() {
    end();
    is_under_way_ = true;
  }
  void end() { *this = sliced_copy(); }

  /// To be told before an entry changes or goes, and after one came.
  void before_change(const Value& entry) {
    if (is_still_to_come(entry.*key) && apart_.insert(entry.*key).second)
      kept_.push_back(entry);
  }
  void inserted(const key_type& what) {
    if (is_still_to_come(what))
      apart_.insert(what);
  }

  /// Appends the next values, about `count`, in no order. `all` is sorted by the key.
  template <class Table>
  slice_outcome next(const Table& all, std::size_t count, std::vector<Value>& out) {
    for (auto& value : std::exchange(kept_, {}))
      out.push_back(std::move(value));
    auto entry = last_ ? all.upper_bound(*last_) : all.begin();
    for (; count > 0 && entry != all.end(); --count, ++entry) {
      last_ = (*entry).*key;
      if (!apart_.contains(*last_))
        out.push_back(*entry);
    }
    return entry == all.end() ? slice_outcome::whole : slice_outcome::more;
  }

private:
  bool is_still_to_come(const key_type& what) const { return is_under_way_ && (!last_ || *last_ < what); }

  bool is_under_way_ = false;
  std::optional<key_type> last_; ///< behind it all is still to come
  std::vector<Value> kept_;      ///< as they were, for the next slice
  std::unordered_set<key_type>
      apart_; ///< not to be taken from the table: kept before, or not there at the beginning
};

} // namespace maestro::rules
