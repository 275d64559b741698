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
#include <optional>
#include <string>
#include <vector>

namespace maestro {

class pool_listeners {
public:
  /// `later`: have `try_again` called after a while.
  pool_listeners(room_pool_actor::pointer self, actor_context_ptr context, scheduler_name name, game_rooms& games,
                 std::function<void()> later);
  pool_listeners(const pool_listeners&) = delete;
  pool_listeners& operator=(const pool_listeners&) = delete;
  ~pool_listeners();

  /// `now`: the newest event of the pool's stream.
  void learn(const shared_value<scheduler>& recipe, std::uint64_t now);
  void try_again();

  using refuse = std::function<void(const failure&)>;
  /// At once, or when everybody's place is known; refused when too many wait or the places cannot be kept.
  void when_ready(std::function<void()> act, refuse otherwise);

private:
  struct waiting {
    std::function<void()> act;
    refuse otherwise;
  };

  void follow();
  void conclude(const std::optional<failure>& refusal);

  room_pool_actor::pointer self_;
  actor_context_ptr context_;
  scheduler_name name_;
  game_rooms& games_;
  std::function<void()> later_;
  forwarding_actor forwarding_;    ///< from the first forwarder on, for as long as the pool
  shared_value<scheduler> recipe_; ///< as it was told last
  std::uint64_t now_ = 0;
  std::uint64_t asked_ = 0;    ///< answers to earlier questions mean nothing
  bool is_ready_ = false;      ///< the recipe is known, and so are the places
  std::list<waiting> waiting_; ///< almost always empty; then it takes no memory
};

} // namespace maestro
