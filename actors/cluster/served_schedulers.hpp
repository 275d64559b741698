// The schedulers that this node serves now. The CLUSTER DIRECTORY writes it; the PEER DOOR looks at it before it lets a
// neighbour in, so that a request that came too late or too early is sent back untouched, and never answered `not found`.
#pragma once

#include "messages/ids.hpp"

#include <mutex>
#include <unordered_set>

namespace maestro {

class served_schedulers {
public:
  bool has(const scheduler_name& name) const {
    std::scoped_lock lock(mutex_);
    return names_.contains(name);
  }
  void set(const scheduler_name& name, bool is_served) {
    std::scoped_lock lock(mutex_);
    is_served ? void(names_.insert(name)) : void(names_.erase(name));
  }

private:
  mutable std::mutex mutex_;
  std::unordered_set<scheduler_name> names_;
};

} // namespace maestro
