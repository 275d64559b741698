// The runtime's whole list beside the pool's table: which differences are acted upon. News about a difference may
// still be on the way, so it counts when two lists in a row show it, or at once in the first list after a start. But
// a living instance that the first list shows and the table does not know is a stranger (actors/rules/strangers) and
// left alone.
//
//   begin() ──> take(page) ──> next … next ──> take(page) ──> next … next: is over with the last page
//
// A list says which machines could not be asked. Of a room there nothing is concluded, but that nobody sees it.
//
// Both sides are by id and are walked together, so nothing has to be remembered but the place, and what was found
// suspicious. Meanwhile the world goes on: what was created since the review began, and what the runtime has
// reported since, is left to the next list. That a room in creation is missing says nothing; how one stands that the
// list shows does: who asks for an instance that outlived the node is not told of it again.
#pragma once

#include "actors/rules/pool_view.hpp"
#include "actors/rules/strangers.hpp"

#include <list>
#include <memory>
#include <set>

namespace maestro::rules {

class instance_review {
public:
  /// Before the runtime is asked for its list. A review that is under way is given up. `out_of_sight`: the machines that are
  /// not reached now.
  void begin(timestamp now, std::vector<std::string> out_of_sight = {});
  bool is_running() const { return walk_ != nullptr; }
  /// Whether a list was looked at since the start: until then nobody knows which rooms outlived the node.
  bool has_seen_a_list() const { return has_seen_a_list_; }

  /// The next page of the list. False: it does not go on behind the one before, in order; nothing can be concluded
  /// from such a list, and the review is given up.
  bool take(instance_list page);
  /// Whether all of the page was looked at; more comes only with the next.
  bool is_through_page() const { return !walk_ || (is_page_done() && !walk_->is_last_page); }

  /// The runtime has reported this instance itself. True: it is a stranger, and nothing follows.
  bool hear(const pool_view& pool, const instance_event& event, std::vector<pool_effect>& effects);

  const maestro::rules::strangers& strangers() const;
  /// It is a room by now.
  void adopt(const room_id& id) { forget_stranger(id); }

  /// Looks at `most` instances or rooms at most, and stops early when there is much to do.
  std::vector<pool_effect> next(const pool_view& pool, std::size_t most);

  /// After a list: whether the rooms' number is to be looked at, once. With rooms of a machine that is back there are too many;
  /// which of them died with it is known when two lists have shown it.
  bool take_look() { return memory_ && std::exchange(memory_->wants_look, false); }

private:
  /// More effects than these are not asked for at once.
  static constexpr std::size_t effects_max = 128;

  bool is_page_done() const { return walk_->looked_at == walk_->page.size(); }
  void look_at(const pool_view& pool, const room_record* room, const instance& seen,
               std::vector<pool_effect>& effects);
  void note_stranger(const instance& seen, std::vector<pool_effect>& effects);
  void forget_stranger(const room_id& id);
  void look_at_unknown(const instance& seen, std::vector<pool_effect>& effects);
  void look_for(const pool_view& pool, const room_record& room, std::vector<pool_effect>& effects);
  bool is_in_sight(const room_record& room) const;
  bool is_left_alone(const pool_view& pool, const room_id& id);
  bool has_heard_of(const room_id& id);
  bool is_confirmed(const room_id& id);
  void forget_some(std::size_t most);
  void forget(std::list<room_id>& suspects);
  void give_up();
  void finish();

  /// A review under way: its place in list and table.
  struct walk {
    timestamp began_at = never;
    std::vector<instance> page{};
    bool is_last_page = false;
    std::vector<std::string> out_of_sight{}; ///< nodes, for this page
    std::size_t looked_at = 0;               ///< of the page
    room_id place{};                         ///< all up to here was looked at; empty: nothing yet
    std::set<room_id> heard_of{};            ///< behind the place
    std::list<room_id> suspects{};           ///< of this list
  };

  /// Of one list until the next ones.
  struct memory {
    std::list<room_id> suspects;  ///< differences of the last list that were not acted upon, behind the place
    std::list<room_id> forgotten; ///< let go a little with every slice
    rules::strangers strangers;
    std::vector<std::string> out_of_sight; ///< when the last review began
    int lists_until_look = 0;              ///< 0: no look is wanted
    bool wants_look = false;
  };
  memory& remember();

  bool has_seen_a_list_ = false;
  std::unique_ptr<walk> walk_;     ///< none: no review is under way
  std::unique_ptr<memory> memory_; ///< none as long as lists showed nothing
};

} // namespace maestro::rules
