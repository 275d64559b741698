// The machines that rooms can be placed on, as the CLUSTER HOST knows them now. It writes, every room pool reads, from any
// thread: a pool that creates rooms must not ask around first. Each pool says what its rooms request, so that the next one
// knows at once what is left. A node that stands alone has none.
#pragma once

#include "actors/rules/placement.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace maestro {

class host_board {
public:
  /// With what rooms of all schedulers request, this node's and others'.
  rules::known_hosts read() const {
    std::scoped_lock lock(mutex_);
    return shown_;
  }
  /// `hosts`: with what rooms of other nodes' schedulers request.
  void write(std::vector<rules::placement_host> hosts) {
    std::scoped_lock lock(mutex_);
    hosts_ = std::move(hosts);
    show();
  }
  /// What the rooms of one pool of this node request, by machine; empty: nothing, or it has ended. `pool` tells pools apart.
  void request(const void* pool, const resources_by_node& wanted) {
    std::scoped_lock lock(mutex_);
    auto& told = requests_[pool];
    auto before = std::exchange(told, wanted);
    if (wanted.empty())
      requests_.erase(pool);
    if (before == wanted)
      return;
    for (auto& [node_id, one] : before)
      add(node_id, one, -1);
    for (auto& [node_id, one] : wanted)
      add(node_id, one, +1);
    show();
  }
  /// What the rooms of all schedulers of this node request.
  resources_by_node requested_here() const {
    std::scoped_lock lock(mutex_);
    return sum_;
  }

  /// Base URLs of other nodes' Rooms APIs, the next one first: game servers ping there when this node does not answer.
  std::vector<std::string> other_doors() const {
    std::scoped_lock lock(mutex_);
    return doors_;
  }
  void write_doors(std::vector<std::string> doors) {
    std::scoped_lock lock(mutex_);
    doors_ = std::move(doors);
  }

private:
  void add(const std::string& node_id, const machine_resources& one, std::int64_t sign) {
    auto& there = sum_[node_id];
    there.cpu_millis += sign * one.cpu_millis;
    there.memory_bytes += sign * one.memory_bytes;
    if (there == machine_resources{})
      sum_.erase(node_id);
  }
  void show() {
    if (!hosts_)
      return;
    auto all = *hosts_;
    for (auto& host : all)
      if (auto found = sum_.find(host.node_id); found != sum_.end())
        host.requested = rules::sum(host.requested, found->second);
    shown_ = std::make_shared<const std::vector<rules::placement_host>>(std::move(all));
  }

  mutable std::mutex mutex_;
  std::optional<std::vector<rules::placement_host>> hosts_; ///< none before the first `write`
  std::map<const void*, resources_by_node> requests_;       ///< by pool
  resources_by_node sum_;                                   ///< of the same
  rules::known_hosts shown_;
  std::vector<std::string> doors_;
};

} // namespace maestro
