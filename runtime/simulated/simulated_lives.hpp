// What a simulated world knows of one instance, what is planned for it, and the two indexes of all of them. For
// runtime/simulated/simulated_world only.
#pragma once

#include "messages/runtime_types.hpp"
#include "messages/steady_index.hpp"
#include "messages/time.hpp"
#include "runtime/simulated/simulated_config.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <tuple>

namespace maestro::simulated {

enum class step : std::uint8_t { appear, become_ready, die, begin_again, vanish };

using slot = std::uint32_t; ///< place in the table of lives

struct life {
  instance what;
  simulated_exit exit;
  std::uint64_t generation = 0; ///< unique; a planned step of another generation is void; 0: free slot
  slot where = 0;               ///< its own
  bool appeared = false;
  bool never_ready = false;
  std::int64_t players = 0;
  timestamp silent_until = never;
  bool was_missed = false; ///< in a list
  std::string restart_policy;
  timestamp restarted_at = never;

  bool comes_again() const {
    return restart_policy == "Always" || (restart_policy == "OnFailure" && exit.is_error);
  }
};

struct planned_step {
  timestamp due;
  std::uint64_t order = 0;
  std::uint64_t generation = 0;
  slot where = 0;
  step what = step::appear;

  friend bool operator>(const planned_step& a, const planned_step& b) {
    return std::tie(a.due, a.order) > std::tie(b.due, b.order);
  }
};

// The two indexes hold slots only; they read the names where they are.
using lives_table = std::deque<life>; // grows without moving a million lives

struct life_place {
  slot where = none;
  static constexpr slot none = ~slot{};
  explicit operator bool() const { return where != none; }
};
struct id_of_life {
  const lives_table* lives;
  const room_id& operator()(life_place of) const { return (*lives)[of.where].what.id; }
};
using lives_by_id = steady_index<room_id, life_place, id_of_life>;

/// Where a page of one scheduler's list, or of all instances, begins.
struct list_place {
  const scheduler_name* scheduler;
  const room_id* id;
};
struct by_scheduler_and_id {
  using is_transparent = void;
  const lives_table* lives;
  list_place place_of(slot where) const {
    auto& what = (*lives)[where].what;
    return {&what.scheduler, &what.id};
  }
  static list_place place_of(const list_place& place) { return place; }
  bool operator()(const auto& left, const auto& right) const {
    auto a = place_of(left);
    auto b = place_of(right);
    return std::tie(*a.scheduler, *a.id) < std::tie(*b.scheduler, *b.id);
  }
};

} // namespace maestro::simulated
