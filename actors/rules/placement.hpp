// Which machine a new room goes to. Rooms of one scheduler are spread over the machines that take some, so that a machine
// that dies takes as few of them with it as possible. Called by the room pool for each room it decides to create.
#pragma once

#include "messages/scheduler_types.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace maestro::rules {

/// A machine as far as placement is concerned.
struct placement_host {
  std::string node_id;
  bool is_here = false;     ///< the one that decides
  bool takes_rooms = false; ///< it is reached, and not draining
  bool is_lost = false;     ///< nobody has reached it for a while
};
/// Shared and immutable; none: this node stands alone.
using known_hosts = std::shared_ptr<const std::vector<placement_host>>;

/// Where rooms are: how many by node.
using rooms_by_node = std::map<std::string, std::int64_t>;

/// Among the machines that take rooms one with the fewest of this scheduler, this one before others, then by node id. `here`
/// when nobody knows of any machine, when none takes rooms, and where a room must be beside its owner: a game server that
/// does not ping is asked from the machine that it runs on.
std::string choose_host(const scheduler& recipe, const known_hosts& hosts, const rooms_by_node& rooms,
                        const rooms_by_node& planned, const std::string& here);

/// A room there counts for nothing: others take its place, and it is not ended, for it may live and be played in. When its
/// machine is back there are too many, and free ones go.
bool is_on_lost_host(const known_hosts& hosts, const std::string& node_id);

} // namespace maestro::rules
