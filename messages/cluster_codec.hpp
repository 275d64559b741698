// The keys of a cluster's store and what stands in them (proto/cluster/v1), to and from our values:
//
//   members/<node>      a node that is in, with its lease
//   draining/<node>     it gets no new schedulers
//   owners/<scheduler>  which node the scheduler lives on
//
// For the CLUSTER DIRECTORY. What cannot be read is left out and counted, never guessed.
#pragma once

#include "messages/cluster_types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace maestro {

struct store_changes;

std::string member_key(const node_name& node);
std::string draining_key(const node_name& node);
std::string owner_key(const scheduler_name& scheduler);

std::string member_value(const cluster_member& member);
std::string owner_value(const node_name& node);

/// A node is in; `created` of its key. Without a member: it is not in any more.
struct member_seen {
  node_name name;
  std::optional<cluster_member> member;
  std::int64_t created = 0;
};
struct draining_seen {
  node_name name;
  bool is_draining = false;
};
/// A scheduler's owner; without: it has none any more.
struct owner_seen {
  scheduler_name scheduler;
  std::optional<node_name> owner;
  std::int64_t created = 0;
};
using cluster_fact = std::variant<member_seen, draining_seen, owner_seen>;

struct cluster_news {
  bool is_whole = false;
  std::vector<cluster_fact> facts;
  std::vector<std::string> unreadable; ///< keys
};
cluster_news read_news(const store_changes& changes);

} // namespace maestro
