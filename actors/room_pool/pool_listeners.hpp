// Who listens to a pool's rooms: FORWARDING, made when the scheduler's recipe names a first forwarder, told of every
// change of them. What game servers report before it knows everybody's place waits here, so that nobody misses what
// was acknowledged. Owned by actors/room_pool/pool_writer.
#pragma once

#include "actors/context.hpp"
#include "actors/room_pool/game_rooms.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <list>
#include <memory>
#include <optional>

namespace maestro {

class pool_listeners {
public:
  pool_listeners(room_pool_actor::pointer self, const actor_context_ptr& context, const scheduler_name& name,
                 game_rooms& games);
  pool_listeners(const pool_listeners&) = delete;
  pool_listeners& operator=(const pool_listeners&) = delete;
  ~pool_listeners();

  /// `now`: the newest event of the pool's stream.
  void learn(const shared_value<scheduler>& recipe, std::uint64_t now);
  /// A timer_fired of pool_timer::listeners came.
  void try_again();

  using refuse = std::function<void(const failure&)>;
  /// At once, or when everybody's place is known; refused when too many wait or the places cannot be kept.
  void when_ready(std::function<void()> act, refuse otherwise);

private:
  struct waiting {
    std::function<void()> act;
    refuse otherwise;
  };
  /// Whom listeners follow, and what they were told last.
  struct following {
    forwarding_actor forwarding;
    shared_value<scheduler> recipe;
    std::uint64_t now = 0;
    std::uint64_t asked = 0; ///< answers to earlier questions mean nothing
  };

  void follow();
  void conclude(const std::optional<failure>& refusal);

  room_pool_actor::pointer self_;
  const actor_context_ptr& context_;
  const scheduler_name& name_;
  game_rooms& games_;
  std::unique_ptr<following> following_; ///< from the first forwarder on, for as long as the pool
  bool is_ready_ = false;                ///< the recipe is known, and so are the places
  std::list<waiting> waiting_;           ///< almost always empty; then it takes no memory
};

} // namespace maestro
