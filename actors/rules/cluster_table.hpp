// What a node knows of its cluster: who is in, who owns which scheduler, who is reached. A value that is told facts
// (messages/cluster_codec) and answers questions; the CLUSTER DIRECTORY keeps one. It decides where a new scheduler goes.
#pragma once

#include "messages/cluster_codec.hpp"
#include "messages/cluster_types.hpp"
#include "messages/error.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace maestro::rules {

/// What peers say to each other has this number; it grows when they would misunderstand one another.
constexpr std::uint32_t peer_format = 3;

/// The roles that a node needs to own schedulers, and to run rooms.
inline constexpr const char* owner_role = "execution_worker";
inline constexpr const char* host_role = "runtime_watcher";

/// The order in which nodes are asked to take a scheduler (rendezvous hashing): each node has its own for each scheduler, the
/// same whichever node asks and in every version. Lower is sooner.
std::uint64_t rank_of(const scheduler_name& scheduler, const node_name& node);

class cluster_table {
public:
  explicit cluster_table(node_name self) : self_(std::move(self)) {}

  struct known_member {
    cluster_member member;
    std::int64_t revision = 0; ///< of its key
    bool is_reached = false;   ///< by this node; of the node itself always
    std::string reason;        ///< why not
    bool is_lapsed = false;    ///< its key is gone, but it was reached then

    /// By the store's word and by this node's own.
    bool takes_part() const { return is_reached && !is_lapsed; }
  };
  struct known_owner {
    node_name node;
    std::int64_t revision = 0; ///< of its key: the owner's epoch
    bool is_doubted = false;   ///< something whole that is older did not replace it
  };

  /// Members that came or whose address or start is another one, and those that went. A key can go while its node lives: a lease
  /// runs out that could not be kept, and an etcd leader that stood still revokes all of them when it goes on (etcd before 3.4.29,
  /// its issue 15247). So one that is reached has lapsed: it stays until its key is back, or whoever holds the table forgets it.
  struct changes {
    std::vector<node_name> came;
    std::vector<node_name> went;
    std::vector<node_name> lapsed;
  };
  /// Facts come in two ways that do not wait for each other: from what this node wrote or read itself, and from the watch. Of a
  /// scheduler's owner an older one is not believed after a newer one. Something whole that is older does not replace it
  /// either, once: where a second one is older, too, the store itself was set back, and counts.
  changes apply(const cluster_news& news);
  void note_link(const node_name& node, bool is_up, const std::string& reason);
  /// A lapsed one is not waited for any longer.
  void forget(const node_name& node) { members_.erase(node); }

  const node_name& self() const { return self_; }
  bool is_known() const { return is_known_; } ///< something whole was told
  const known_member* member(const node_name& node) const;
  const known_owner* owner(const scheduler_name& scheduler) const;
  const std::map<node_name, known_member>& members() const { return members_; }
  bool is_draining(const node_name& node) const { return draining_.contains(node); }
  /// The node may be given schedulers: it takes part, owns some by its role, keeps up with what others write, is not draining.
  bool may_take(const node_name& node) const;
  /// Whom that node suspects, as it has told the store.
  const std::set<node_name>& suspicions_of(const node_name& node) const;
  /// The node has been in, and was not removed for ever.
  bool has_host(const node_name& node) const { return hosts_.contains(node); }
  /// What rooms request of machines, of schedulers that other nodes own.
  resources_by_node requested_by_others() const;
  std::uint64_t era() const { return era_; }
  /// Node ids of machines whose nodes are not in now.
  std::vector<std::string> hosts_away() const;
  const std::map<scheduler_name, known_owner>& owners() const { return owners_; }
  std::uint64_t owned_by(const node_name& node) const;
  std::vector<scheduler_name> schedulers_of(const node_name& node) const;

  /// Where a scheduler that does not exist yet is to live: among the nodes that may take some, one with the fewest, and among
  /// equals the same one whichever node asks.
  result<node_name> choose_owner(const scheduler_name& scheduler) const;

  /// Every node that is in or owns something, by name.
  std::vector<node_view> views() const;

  /// Of one that does not answer: what to tell whoever asked for something of its schedulers.
  failure unreachable(const scheduler_name& scheduler, const node_name& owner) const;

private:
  void forget_all(std::int64_t revision);
  void forget_owner(std::map<scheduler_name, known_owner>::iterator old);
  void set_owner(const owner_seen& seen);

  node_name self_;
  bool is_known_ = false;
  std::map<node_name, known_member> members_;
  std::set<node_name> draining_;
  std::map<node_name, std::set<node_name>> suspicions_;
  std::map<node_name, std::string> hosts_;
  std::map<node_name, resources_by_node> requests_;
  std::uint64_t era_ = 0;
  std::map<scheduler_name, known_owner> owners_;
  std::map<node_name, std::uint64_t> owned_;
};

} // namespace maestro::rules
