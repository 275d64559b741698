// What a cluster is made of, as values: nodes that are in it, what a node says about itself, and what operators ask and
// change of nodes. No CAF.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace maestro {

/// Processor time and memory: what a machine has for rooms, or what rooms request of it.
struct machine_resources {
  std::int64_t cpu_millis = 0; ///< thousandths of a core
  std::int64_t memory_bytes = 0;
  bool operator==(const machine_resources&) const = default;
};
MAESTRO_INSPECT(machine_resources, x.cpu_millis, x.memory_bytes)

/// By node id.
using resources_by_node = std::map<std::string, machine_resources>;

/// A node as it describes itself to the others when it joins.
struct cluster_member {
  node_name name;
  std::string node_id;      ///< of its data directory, for life
  std::string address;      ///< `host:port` where its peers reach it
  std::string version;      ///< of the program
  std::uint32_t format = 0; ///< of what peers say to each other; only equal ones talk
  std::vector<std::string> roles;
  std::string zone;
  std::map<std::string, std::string> labels;
  timestamp started_at;
  machine_resources offer{}; ///< to rooms; 0: whatever they request
  std::string
      rooms_api{}; ///< base URL at which other machines' game servers reach its Rooms API; empty: they do not
  /// It understands requests with a key (with_key). In the store only: not part of what peers say.
  bool takes_keys = false;
  bool takes_lots = false; ///< likewise: requests in lots (relay_lot)
  /// Likewise: its journal lacks what others have written, or cannot keep it, so that it can serve nothing that it does not
  /// serve already.
  bool is_behind = false;

  bool has_role(const std::string& role) const;
};
MAESTRO_INSPECT(cluster_member, x.name, x.node_id, x.address, x.version, x.format, x.roles, x.zone, x.labels,
                x.started_at, x.offer, x.rooms_api)

/// How a node stands in its cluster, seen from another one, or from itself.
enum class node_status : std::uint8_t {
  ready = 1,   ///< it is in, and its peers reach it
  draining,    ///< the same, but it gets no new schedulers
  unreachable, ///< it is in, but this node does not reach it
  gone,        ///< it is not in, but owns schedulers or may have rooms
};
std::string to_string(node_status status);

struct node_view {
  cluster_member member; ///< of a node that is gone the name, and the id where that is known
  node_status status = node_status::ready;
  std::string reason;                    ///< why it is not reached
  std::uint64_t schedulers = 0;          ///< that it owns
  bool is_self = false;                  ///< it is the node that answers
  std::vector<node_name> suspected_by{}; ///< other nodes that say they do not reach it
  machine_resources requested{};         ///< by the rooms that are placed there
};
MAESTRO_INSPECT(node_view, x.member, x.status, x.reason, x.schedulers, x.is_self, x.suspected_by, x.requested)

/// Where the cluster agrees, as the node that answers reaches it.
struct store_view {
  bool is_there = false;
  std::string reason;    ///< why not
  duration round_trip{}; ///< of the last question that was answered; 0: none was
};
MAESTRO_INSPECT(store_view, x.is_there, x.reason, x.round_trip)

/// How far what all nodes write has come.
struct copying_view {
  std::uint64_t in_store = 0; ///< batches that are not on enough disks yet
  std::uint64_t to_copy = 0;  ///< of them on their way to this node's own
};
MAESTRO_INSPECT(copying_view, x.in_store, x.to_copy)

/// The nodes of the cluster, by name; a node that stands alone is all there are.
struct list_nodes {};
MAESTRO_INSPECT_EMPTY(list_nodes)

struct node_list {
  std::string cluster; ///< its name; empty: the node stands alone
  std::vector<node_view> nodes;
  store_view store{};
  copying_view copying{};
  std::uint64_t without_owner = 0; ///< schedulers whose node is not in the cluster
};
MAESTRO_INSPECT(node_list, x.cluster, x.nodes, x.store, x.copying, x.without_owner)

enum class node_change : std::uint8_t {
  drain = 1, ///< no new schedulers
  undrain,
  remove, ///< of a node that is gone for ever: what it owned, and the rooms it had, are forgotten
};

struct change_node {
  node_name name;
  node_change change = node_change::drain;
};
MAESTRO_INSPECT(change_node, x.name, x.change)

/// Keys cluster.*; nodes/config fills it.
struct cluster_settings {
  std::uint64_t requests_limit = 1024;                     ///< under way at one neighbour; more are refused
  duration request_timeout = std::chrono::seconds{10};     ///< of one request to a neighbour
  duration store_timeout = std::chrono::seconds{5};        ///< of one question to the store
  duration reconnect_min = std::chrono::milliseconds{100}; ///< pause before a link is tried again; doubled
  duration reconnect_max = std::chrono::seconds{2};        ///< up to this
  duration compare_interval = std::chrono::seconds{5};     ///< between looks whether store and node agree
  duration handover_patience = std::chrono::seconds{5};    ///< how long a request waits for a scheduler that moves
  duration host_lost_after = std::chrono::seconds{15};     ///< not reached for so long: its rooms are replaced
  std::uint64_t lookups_limit =
      64; ///< questions to the store for schedulers nobody has heard of; more are refused
  std::uint64_t rooms_limit = 100'000; ///< of other nodes' doors' pings, whose place the peer door remembers
};

} // namespace maestro
