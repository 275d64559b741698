// The runtime's whole list beside the pool's table: which differences are acted upon. News about a difference may
// still be on the way, so it counts when two lists in a row show it, or at once in the first list after a start.
//
//   begin(list) ──> next … next: each instance of the list (orphans, drift, repeated ends)
//                ──> next … next: each room of the table that the list does not have (creations, losses) ──> is over
//
// Between two slices the world goes on: what was created since the review began, and what the runtime has reported
// meanwhile, is left to the next list.
#pragma once

#include "actors/rules/instance_index.hpp"
#include "actors/rules/pool_view.hpp"

#include <optional>

namespace maestro::rules {

class instance_review {
public:
  /// A list that comes while another is being looked at waits; only the newest does.
  void begin(std::vector<instance> list, timestamp now);
  bool is_running() const { return is_running_; }
  /// Whether a list was looked at since the start: until then nobody knows which rooms outlived the node.
  bool has_seen_a_list() const { return has_seen_a_list_; }

  /// The runtime has reported this instance itself.
  void heard_of(const room_id& id);

  /// Looks at `most` instances or rooms at most, and stops early when there is much to do.
  std::vector<pool_effect> next(const pool_view& pool, std::size_t most);

private:
  /// More effects than these are not asked for at once.
  static constexpr std::size_t effects_max = 128;

  void look_at(const pool_view& pool, const instance& seen, std::vector<pool_effect>& effects);
  void look_for(const pool_view& pool, const room_record& room, std::vector<pool_effect>& effects);
  bool is_confirmed(const room_id& id);
  void finish(timestamp now);

  bool is_running_ = false;
  bool has_seen_a_list_ = false;
  timestamp began_at_ = never;
  std::vector<instance> list_;
  std::optional<std::vector<instance>> waiting_;
  instance_index index_;
  std::size_t looked_at_ = 0; ///< instances of the list
  room_id last_room_;         ///< the last room of the table that was looked for; empty: none yet
  std::unordered_set<room_id> heard_of_;
  std::unordered_set<room_id> suspects_;     ///< differences of the last list that were not acted upon
  std::unordered_set<room_id> new_suspects_; ///< of this one
};

} // namespace maestro::rules
