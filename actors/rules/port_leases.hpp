// Host ports of rooms. A lease lasts from the decision to create a room until its processes ended; no two rooms of
// a scheduler hold the same port on one node. Ports of other schedulers and of foreign processes are the runtime's
// knowledge: it refuses with port_in_use and the pool draws again, without the ports it has learnt about.
#pragma once

#include "actors/rules/small_random.hpp"
#include "messages/error.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"

#include <boost/container/flat_map.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace maestro::rules {

/// What a room gets for one port of its recipe: `count` consecutive numbers from `first`, each of them once for TCP and once
/// for UDP where it is `tcpudp`. The first has the port's name, those behind it `name-1`, `name-2`, …
std::vector<host_port> lease_of(const container_port& wanted, std::int32_t first);

/// Which host ports are taken on which node. Ports are 1 to 65535, protocols share them (one number, one room).
class port_leases {
public:
  void take(const std::string& node, const std::vector<host_port>& ports);
  void release(const std::string& node, const std::vector<host_port>& ports);
  bool is_taken(const std::string& node, std::int32_t port) const;
  std::size_t size() const;

private:
  boost::container::flat_map<std::string, std::unordered_set<std::int32_t>> taken_; ///< by node
};

/// Distinct free ports for each port of the containers, in container and port order, uniformly from the
/// scheduler's inclusive range, or else from each port's own range (proto/README.md 4.5); of a range that reaches beyond 1 to
/// 65535, from what is within. A block of several begins at a
/// multiple of its length into the range if it can, so that many rooms leave no gaps. Ports in `avoid` are not
/// drawn. Fails with `not enough ports to allocate`, naming range and port, when no combination of free ports
/// exists, or where there are blocks: when none was found by a search of bounded length. Does not take the lease.
result<std::vector<host_port>> draw_ports(const scheduler& recipe, const port_leases& leases,
                                          const std::string& node, const std::unordered_set<std::int32_t>& avoid,
                                          small_random& random);

} // namespace maestro::rules
