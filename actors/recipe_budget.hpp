// What the recipes of all schedulers of a node may take: every version, and those of operations that wait. They are kept in
// memory, so without a bound in bytes a patient operator fills it within all other limits. Shared by the schedulers of one
// node; each has a share, which says how much of it is that scheduler's.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>

namespace maestro {

class recipe_budget {
public:
  /// `limit`: bytes, as the journal writes recipes.
  explicit recipe_budget(std::uint64_t limit) : limit_(limit) {}

  /// What new recipes may still take. Those that are there already stand, also beyond the limit.
  std::uint64_t left() const {
    auto used = used_.load(std::memory_order_relaxed);
    return used < limit_ ? limit_ - used : 0;
  }

private:
  friend class recipe_share;

  std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

/// One scheduler's part; given back with its actor.
class recipe_share {
public:
  /// Without a budget there is no bound.
  explicit recipe_share(std::shared_ptr<recipe_budget> of) : of_(std::move(of)) {}
  recipe_share(const recipe_share&) = delete;
  recipe_share& operator=(const recipe_share&) = delete;
  ~recipe_share() { set(0); }

  void set(std::uint64_t bytes) {
    if (of_ && bytes != mine_)
      of_->used_.fetch_add(bytes - mine_, std::memory_order_relaxed);
    mine_ = bytes;
  }
  std::uint64_t left() const { return of_ ? of_->left() : std::numeric_limits<std::uint64_t>::max(); }

private:
  std::shared_ptr<recipe_budget> of_;
  std::uint64_t mine_ = 0;
};

} // namespace maestro
