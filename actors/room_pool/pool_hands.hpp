// Does what the rules of a room pool decided: one function for each effect of rules/pool_effect, and nothing is
// decided here. What comes back from the host is handed to the rules again. Owned and called by
// actors/room_pool/pool_writer.
#pragma once

#include "actors/alarm.hpp"
#include "actors/context.hpp"
#include "actors/room_pool/game_rooms.hpp"
#include "actors/room_pool/room_batches.hpp"
#include "actors/rules/pool_effect.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <unordered_map>

namespace maestro {

class pool_writer;

/// What a timer_fired of a room pool means; the number of a creation_deadline is its batch.
enum class pool_timer : std::uint8_t {
  creation_deadline,
  long_work,
  listeners,
  refused_looks,
  host_loss,
  journal
};

class pool_hands {
public:
  pool_hands(room_pool_actor::pointer self, const actor_context_ptr& context, pool_writer& writer);
  pool_hands(const pool_hands&) = delete;
  pool_hands& operator=(const pool_hands&) = delete;

  room_pool_actor::pointer self() const { return self_; }
  game_rooms& games() { return games_; }
  const game_rooms& games() const { return games_; }
  void report_losses_to(health_controller_actor whom);
  /// Whom losses are reported to; null before the scheduler has told itself.
  const health_controller_actor& health_controller() const { return losses_to_; }
  /// Whom losses are reported to looks at the rooms now.
  void ask_for_look();
  /// And when the next machine with rooms is lost: steady; `duration::max()`: all are reached.
  void look_when_lost(duration lost_at);
  void time_of_loss();
  /// The next change is told to whom losses are reported to.
  void tell_next_change() { tells_next_change_ = true; }
  void note_change();

  void operator()(const rules::take_ports& effect);
  void operator()(const rules::release_ports& effect);
  void operator()(const rules::begin_creation& effect);
  void operator()(const rules::conclude_creation& effect);
  void operator()(const rules::conclude_removal& effect);
  void operator()(const rules::end_game_room& effect);
  void operator()(const rules::ask_for_instance& effect);
  void operator()(const rules::ask_for_end& effect);
  void operator()(const rules::end_orphan& effect);
  void operator()(const rules::report_loss& effect);
  void operator()(const rules::tell_room_wanted& effect);
  void operator()(const rules::start_timer& effect);
  void operator()(const rules::count_metric& effect);
  void operator()(const rules::note& effect);
  void operator()(const rules::end_room& intent);
  void operator()(const rules::lose_sight& intent);
  void operator()(const rules::look_at_instance& intent);
  void operator()(const rules::draw_ports_again& intent);

  /// What the runtime has said and the journal did not take is looked at again, until it does: a room that is known to have
  /// died must not wait for the next list but one.
  void look_again();

private:
  void look_again_later(const instance& seen);
  /// What the journal did not take.
  struct refused_looks {
    std::unordered_map<room_id, instance> seen; ///< the latest of each room
    duration look_again_after{};
  };
  template <class Wish, class Then>
  void ask_host(Wish wish, Then then);

  room_pool_actor::pointer self_;
  const actor_context_ptr& context_;
  pool_writer& writer_;
  game_rooms games_;
  health_controller_actor losses_to_;
  std::unique_ptr<refused_looks> refused_; ///< from the first on
  bool tells_next_change_ = false;
  duration next_loss_ = duration::max(); ///< the alarm is set for it
  alarm host_loss_;
  duration last_wanted_told_{}; ///< steady time
};

} // namespace maestro
