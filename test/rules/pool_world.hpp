// A room pool without actors: the table and what is kept around it, and decisions of actors/rules/room_* carried
// out on them in the order of the real one, with a journal that takes everything. What goes to others is only
// noted. Golden tables (room_decisions_test) and properties (room_properties_test) start from it.
#pragma once

#include "actors/rules/room_allocation.hpp"
#include "actors/rules/small_random.hpp"

#include <random>
#include <string>
#include <vector>

namespace maestro::rules {

class pool_world {
public:
  pool_world();

  pool_view view();

  /// Puts the room into the table as it is.
  void place(const room_record& room);

  template <class Reply>
  void carry_out(const pool_decision<Reply>& decided) {
    hold(decided.at_once);
    for (auto& event : decided.events)
      apply(event);
    hold(decided.effects);
  }

  /// Takes the effect: memory changes, intents are decided, the rest is noted in `sent`.
  void hold(const std::vector<pool_effect>& effects);

  room_table table;
  port_leases leases;
  std::unordered_set<room_id> creating;
  free_rooms free;
  maestro::scheduler scheduler; ///< its pool learns it at the first decision
  known_versions versions;
  bool has_scheduler = true;
  std::string node = "node-1";
  actor_settings settings;
  timestamp now;
  small_random random{1};

  std::vector<pool_event> journaled;
  std::vector<pool_effect> sent;

private:
  void apply(const pool_event& event);
};

/// One line each, for people.
std::string to_line(const pool_event& event);
std::string to_line(const pool_effect& effect);

} // namespace maestro::rules
