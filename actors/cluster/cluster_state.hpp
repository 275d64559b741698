// What the CLUSTER DIRECTORY keeps, and what its parts need of one another: cluster_directory (who is asked),
// cluster_membership (this node's own key, its neighbours), cluster_claims (whose a scheduler is), cluster_lists (where
// all are asked). For these files only.
#pragma once

#include "actors/cluster/cluster_context.hpp"
#include "actors/rules/cluster_table.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <functional>
#include <map>
#include <set>

namespace maestro::clustered {

enum class timer : std::uint8_t { watch = 1, join, compare };

struct directory_state {
  static inline const char* name = "cluster_directory";
  directory_state() {}

  cluster_context_ptr context;
  rules::cluster_table table{node_name()};
  std::map<node_name, peer_actor> peers;
  bool is_joined = false;    ///< this node's key is written
  bool is_joining = false;   ///< being written
  bool is_in_contact = true; ///< with the store
  std::string trouble;       ///< why it is not joined or not in contact
  std::size_t lookups = 0;
  std::set<scheduler_name> in_creation; ///< here
  std::set<scheduler_name> suspects;    ///< own keys without a scheduler, at the last comparison
  std::set<scheduler_name> disputed;    ///< in this journal, but another node's
  bool is_comparing = false;
  bool is_compared = false; ///< name by name, since the store was last out of reach
};
using self_ptr = cluster_directory_actor::stateful_pointer<directory_state>;

// cluster_membership
void join(self_ptr self);
void apply_changes(self_ptr self, const store_changes& changes);
void note_link(self_ptr self, const link_changed& change);
caf::result<done> change_node_state(self_ptr self, const change_node& command);

// cluster_claims
caf::result<scheduler> create(self_ptr self, const create_scheduler& command);
caf::result<scheduler> create_chosen(self_ptr self, const create_here& chosen);
void compare_with_journal(self_ptr self);
/// Asks the store whose the scheduler is, tells the table, and goes on; with a failure where it cannot be told.
void look_up(self_ptr self, const scheduler_name& scheduler, std::function<void(result<done>)> then);

// cluster_lists
caf::result<scheduler_list> list(self_ptr self, const list_schedulers& filter);
caf::result<scheduler_info_list> list_infos(self_ptr self, const list_scheduler_infos& filter);

// cluster_directory
/// Nothing, or why this node cannot say anything about its cluster.
std::optional<failure> not_ready(self_ptr self);

} // namespace maestro::clustered
