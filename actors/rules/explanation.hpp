// Why there are so many rooms, and which would go next (proto/README.md 5.7). Nothing is decided here: the plan is
// rules/rooms_plan's, as the health controller makes it, the rooms are those of rules/removal_order, as an operation
// chooses them; what is shown is what would be done. The pool offers its rooms twice, one by one: to be counted
// (count_room), then to this.
#pragma once

#include "actors/rules/pool_view.hpp"
#include "actors/rules/removal_order.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "messages/look_memory.hpp"
#include "messages/pool_health.hpp"
#include "messages/rooms_explanation.hpp"

#include <optional>
#include <unordered_set>
#include <vector>

namespace maestro::rules {

class explanation {
public:
  /// Of a pool that knows its scheduler. `memory` is the health controller's.
  explanation(const pool_view& pool, const explain_rooms& asked, const pool_health& health,
              const look_memory& memory);

  void offer(const pool_view& pool, const room_record& room, timestamp last_sign);

  rooms_explanation take();

private:
  void say_what_is_there(const pool_health& health, bool spares_silent);
  /// Those that are not named yet; answers how many these are, whatever the limit.
  std::size_t add_rows(const std::vector<planned_room>& more);
  /// Of those that drain already: whether it is one of the first that need not any more.
  bool may_stay(const pool_view& pool, const room_record& room);
  void offer_draining(const room_record& room, planned_room row);

  std::size_t limit_;
  remove_rooms removal_; ///< by number, as an operation would get it
  std::unordered_set<room_id> expired_;
  std::vector<planned_room> expired_rows_;
  std::vector<planned_room> ending_rows_;
  std::unordered_set<room_id> drained_; ///< named by the plan
  std::vector<planned_room>
      draining_rows_;                    ///< of a look that takes nothing by number; those that go now come first
  std::int64_t gone_ = 0, draining_ = 0; ///< how many these are, whatever the limit
  std::int64_t spares_left_ = 0;
  rooms_explanation told_;
  std::optional<removal_order> order_;
};

/// How a step came to its number, for people.
std::string text_of(const wanted_step& step, const scheduler& recipe, const pool_health& health,
                    const clock_reading& clock);

} // namespace maestro::rules
