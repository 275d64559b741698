// What the CLUSTER DIRECTORY keeps, and what its parts need of one another: cluster_directory (who is asked),
// cluster_membership (this node's own key, its neighbours), cluster_claims (whose a new scheduler is), cluster_takeover
// (what this node begins and ceases to serve), cluster_failover (what of others it takes), cluster_lists (where all are
// asked), cluster_standing (how all stands), cluster_orphans (rooms here that nobody owns). For these files only.
#pragma once

#include "actors/cluster/cluster_context.hpp"
#include "actors/rules/cluster_table.hpp"
#include "actors/rules/failover.hpp"
#include "actors/rules/rebalancing.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace maestro::clustered {

enum class timer : std::uint8_t { watch = 1, join, compare, failover, rebalance, patience, adopt_again, journal };

/// A scheduler that the store says is this node's.
struct own_scheduler {
  enum class stage : std::uint8_t { adopting, serving, moving, missing };
  std::int64_t epoch = 0;
  stage at = stage::adopting;
};

/// A request that waits until its scheduler has come to rest. `go`: where to begin again, or why not.
struct waiting_request {
  std::uint64_t number = 0;
  std::function<void(result<done>)> go;
};

struct directory_state {
  static inline const char* name = "cluster_directory";
  directory_state() {}

  cluster_context_ptr context;
  rules::cluster_table table{node_name()};
  std::map<node_name, peer_actor> peers;
  bool is_joined = false;                       ///< this node's key is written
  bool is_joining = false;                      ///< being written
  bool is_behind = false;                       ///< its journal, as it last said
  std::optional<bool> told_behind;              ///< in that key
  duration behind_since{};                      ///< steady
  std::optional<duration> writes_nothing_since; ///< likewise; none: it writes
  bool was_fit = false;                         ///< once at least in this life
  bool is_asking_journal = false;
  bool is_in_contact = true;  ///< with the store
  std::string founding;       ///< of the cluster that this node knows
  bool is_store_lost = false; ///< it is not that cluster's any more
  std::string trouble;        ///< why it is not joined or not in contact
  std::size_t lookups = 0;
  std::set<scheduler_name> in_creation; ///< here
  std::set<scheduler_name> in_erasure; ///< whose keys this node erases, and nobody knows yet whether they are gone
  std::set<scheduler_name> suspects;   ///< own keys without a scheduler, at the last comparison
  bool is_comparing = false;
  bool is_compared = false; ///< name by name, since the store was last out of reach
  std::map<scheduler_name, std::int64_t>
      owner_changes; ///< that a comparison wants: 0: claimed for this node, else erased when it has that revision
  bool is_changing_owners = false; ///< a lot of them is under way

  std::map<scheduler_name, own_scheduler> own;
  std::map<scheduler_name, std::vector<waiting_request>> waiting;
  std::unordered_map<std::uint64_t, scheduler_name> waiting_for; ///< by number
  std::uint64_t last_waiting = 0;
  bool is_adopting_again = false; ///< a timer runs
  rules::absences absent;
  rules::lapses lapsed;
  std::optional<std::set<node_name>> told_suspects =
      std::set<node_name>();       ///< as the store was told; none: nobody knows
  std::set<node_name> being_taken; ///< nodes whose schedulers are on their way here
  bool is_looking = false;         ///< the failover timer runs
  resources_by_node told_requests; ///< likewise
  bool is_telling_requests = false;
  duration measured_at{}; ///< when the store was last asked for that, steady; 0: never
  duration round_trip{};  ///< of that
  bool is_measuring = false;
  std::map<node_name, rules::steadiness> steady;
  std::map<scheduler_name, node_name> moving; ///< from here
  std::string keys_prefix;
  std::uint64_t last_key = 0;
  std::set<scheduler_name> orphaned; ///< had rooms here and were gone at the last look
  bool is_looking_for_orphans = false;
  duration orphans_looked_at{}; ///< steady
};
using self_ptr = cluster_directory_actor::stateful_pointer<directory_state>;

// cluster_membership
void join(self_ptr self);
/// Whether this node's journal is fit for what others have written; the key says so.
void look_at_journal(self_ptr self);
void apply_changes(self_ptr self, const store_changes& changes);
void note_link(self_ptr self, const link_changed& change);
/// Those that lapsed and did not come back have left.
void give_up_lapsed(self_ptr self);
caf::result<done> change_node_state(self_ptr self, const change_node& command);

// cluster_claims
caf::result<scheduler> create(self_ptr self, const create_scheduler& command);
caf::result<scheduler> create_chosen(self_ptr self, const create_here& chosen);
void compare_with_journal(self_ptr self);
/// Asks the store whose the scheduler is, tells the table, and goes on; with a failure where it cannot be told.
void look_up(self_ptr self, const scheduler_name& scheduler, std::function<void(result<done>)> then);
void note_owner(self_ptr self, const scheduler_name& name, const node_name& owner, std::int64_t revision);

// cluster_orphans
/// Now and then: rooms here whose scheduler was deleted are ended.
void look_for_orphans(self_ptr self);

// cluster_takeover
/// What the table says of these schedulers' owners is made true here: adopted, or let go.
void follow_owner(self_ptr self, const scheduler_name& name);
void follow_all_owners(self_ptr self);
void set_own(self_ptr self, const scheduler_name& name, own_scheduler own);
/// Goes on when something has changed about the scheduler, or a little later; with a failure when patience is at its end.
void wait_for(self_ptr self, const scheduler_name& name, duration until, std::function<void(result<done>)> go);
void wake(self_ptr self, const scheduler_name& name);
void end_patience(self_ptr self, std::uint64_t number);
void rebalance(self_ptr self);

// cluster_failover
void look_for_lost_nodes(self_ptr self);
void look_soon(self_ptr self);

// cluster_lists
caf::result<scheduler_list> list(self_ptr self, const list_schedulers& filter);
caf::result<scheduler_info_list> list_infos(self_ptr self, const list_scheduler_infos& filter);

// cluster_directory
/// Nothing, or why this node cannot say anything about its cluster.
std::optional<failure> not_ready(self_ptr self);
/// For a request that goes to another node without a key: it can be asked again then.
request_key next_key(self_ptr self);

// cluster_standing
void show_standing(self_ptr self);
/// What the rooms of this node's schedulers request, where that is news for the others.
void tell_requests(self_ptr self);
/// How long the store takes to answer, now and then.
void measure_store(self_ptr self);
node_list list_of_nodes(self_ptr self);

} // namespace maestro::clustered
