// The keys of a cluster's store and what stands in them (proto/cluster/v1), to and from our values:
//
//   directory/members/<node>      a node that is in, with its lease
//   directory/draining/<node>     it gets no new schedulers
//   directory/owners/<scheduler>  which node the scheduler lives on; the revision is its epoch
//   directory/hosts/<node>          its node id, until the node is removed for ever: rooms there may live
//   directory/era                   how often the cluster was founded again (messages/epoch_era.hpp), and by whom
//   directory/requests/<node>     what the rooms of its schedulers request of which machine, with its lease
//   directory/suspects/<node>     which others that node does not reach, with its lease
//
// For the CLUSTER DIRECTORY. What cannot be read is left out and counted, never guessed.
#pragma once

#include "messages/cluster_types.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace maestro {

struct store_changes;

/// All keys of the directory begin with it.
inline constexpr const char* directory_keys = "directory/";

std::string member_key(const node_name& node);
std::string draining_key(const node_name& node);
std::string owner_key(const scheduler_name& scheduler);
std::string suspects_key(const node_name& node);
std::string host_key(const node_name& node);
std::string requests_key(const node_name& node);

std::string member_value(const cluster_member& member);
std::string owner_value(const node_name& node);
std::string suspects_value(const std::set<node_name>& nodes);
std::string host_value(const std::string& node_id);
std::string requests_value(const resources_by_node& requested);

inline constexpr const char* era_key = "directory/era";
std::string era_value(std::uint64_t number, const std::string& founding);

/// A node is in; `revision` of its key. Without a member: it is not in any more.
struct member_seen {
  node_name name;
  std::optional<cluster_member> member;
  std::int64_t revision = 0;
};
struct draining_seen {
  node_name name;
  bool is_draining = false;
};
/// A scheduler's owner, whose epoch is the revision; without: it has none any more.
struct owner_seen {
  scheduler_name scheduler;
  std::optional<node_name> owner; ///< none: its key is gone
  std::int64_t revision = 0;      ///< of the key, or of the store when it was gone
};
/// Whom a node suspects now.
struct suspicions_seen {
  node_name name;
  std::set<node_name> suspects;
};
/// A machine that has been in the cluster, by its node's id; empty: it was removed for ever.
struct host_seen {
  node_name name;
  std::string node_id;
};
/// What rooms of that node's schedulers request; empty: nothing.
struct requests_seen {
  node_name name;
  resources_by_node requested;
};
/// How the cluster was founded; `founding` is another text each time.
struct era_seen {
  std::uint64_t number = 0;
  std::string founding;
};
using cluster_fact =
    std::variant<member_seen, draining_seen, owner_seen, suspicions_seen, host_seen, requests_seen, era_seen>;

struct cluster_news {
  bool is_whole = false;
  std::int64_t revision = 0; ///< of the store, when all of it was so
  std::vector<cluster_fact> facts;
  std::vector<std::string> unreadable; ///< keys
};
cluster_news read_news(const store_changes& changes);

} // namespace maestro
