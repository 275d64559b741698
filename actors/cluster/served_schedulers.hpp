// The schedulers that this node serves now, and with which epoch. The CLUSTER DIRECTORY writes it; the PEER DOOR looks at it
// before it lets a neighbour in, so that a request that came too late or too early is sent back untouched, and never answered
// `not found`; the log names the epoch in what it says of a scheduler.
#pragma once

#include "messages/ids.hpp"

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace maestro {

class served_schedulers {
public:
  bool has(const scheduler_name& name) const { return epoch_of(name) != 0; }
  /// 0: it is not served here.
  std::int64_t epoch_of(const scheduler_name& name) const {
    std::scoped_lock lock(mutex_);
    auto found = epochs_.find(name);
    return found == epochs_.end() ? 0 : found->second;
  }
  void set(const scheduler_name& name, std::int64_t epoch) {
    std::scoped_lock lock(mutex_);
    epochs_[name] = epoch;
  }
  void erase(const scheduler_name& name) {
    std::scoped_lock lock(mutex_);
    epochs_.erase(name);
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<scheduler_name, std::int64_t> epochs_;
};

} // namespace maestro
