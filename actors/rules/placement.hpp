// Which machine a new room goes to. Only one where its containers' requests fit and whose labels the recipe wants; among
// these, rooms of one scheduler are spread over zones and machines, so that what dies takes as few of them with it as
// possible, or packed, so that whole machines stay free. Called by the room pool for each room it decides to create.
#pragma once

#include "actors/rules/known_versions.hpp"
#include "actors/rules/room_table.hpp"
#include "messages/cluster_types.hpp"
#include "messages/error.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

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
  /// Steady: nobody reaches it, and from then on its rooms are taken for lost; `duration::max()`: it is reached.
  duration lost_at = duration::max();
  std::string name{};     ///< of its node; empty where that is not known
  std::string not_now{};  ///< why it takes none: `is draining`
  bool runs_rooms = true; ///< its node has that role
  std::string zone{};
  std::map<std::string, std::string> labels{};
  machine_resources offer{};     ///< 0: whatever is requested
  machine_resources requested{}; ///< by the rooms that are placed there, whoever owns them
};
/// Shared and immutable; none: this node stands alone.
using known_hosts = std::shared_ptr<const std::vector<placement_host>>;

/// Where rooms are: how many by node.
using rooms_by_node = std::map<std::string, std::int64_t>;

/// What one room of the recipe requests: the sum over its containers. What is no quantity counts nothing here, and is
/// refused where the room is made.
machine_resources request_of(const scheduler& recipe);

/// What `rooms` of these versions request of each machine; of versions that are not known nothing. Machines of which nothing
/// is requested are left out.
/// No more of one machine than requested_max of either, however large the requests of a recipe are: so the sum over the pools of
/// a node, to which these are added and taken away again, is a number.
resources_by_node requests_of(const room_table::living_rooms& rooms, const known_versions& versions);
constexpr std::int64_t requested_max = std::int64_t{1}
                                       << 45; ///< bytes, or thousandths of a core: more than machines have

/// Too much to be counted is the largest number there is.
machine_resources sum(const machine_resources& a, const machine_resources& b);

struct placement {
  std::string node_id;
  placement_reason reason = placement_reason::unsaid;
};

/// `rooms`: of this scheduler; `planned`: more of this recipe, which the hosts' figures do not know yet. Fails where no
/// machine fits, with what is wanted and what each machine has. Where none takes rooms at all just now it is `here`, as it is
/// when nobody knows of any machine.
result<placement> choose_host(const scheduler& recipe, const known_hosts& hosts, const rooms_by_node& rooms,
                              const rooms_by_node& planned, const std::string& here);

/// `placement_host::lost_at`. From then on a room there counts for nothing: others take its place, and it is not ended, for it
/// may live and be played in. When its machine is back there are too many, and free ones go.
duration loss_of_host(const known_hosts& hosts, const std::string& node_id);

/// Nodes whose machines are not reached, in order of their ids. Where it changes, what was known of rooms there is to be looked at
/// anew: a machine is back, or its node was removed and with it its rooms.
std::vector<std::string> out_of_sight(const known_hosts& hosts);

} // namespace maestro::rules
