// The machines that rooms can be placed on, as the CLUSTER HOST knows them now. It writes, every room pool reads, from any
// thread: a pool that creates rooms must not ask around first. A node that stands alone has none.
#pragma once

#include "actors/rules/placement.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace maestro {

class host_board {
public:
  rules::known_hosts read() const {
    std::scoped_lock lock(mutex_);
    return hosts_;
  }
  void write(rules::known_hosts hosts) {
    std::scoped_lock lock(mutex_);
    hosts_ = std::move(hosts);
  }

private:
  mutable std::mutex mutex_;
  rules::known_hosts hosts_;
};

} // namespace maestro
