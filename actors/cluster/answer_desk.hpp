// Where a PEER DOOR hears what GAME ROOMs answer: an address without a mailbox, beside the door's own. A ping that repeats itself is
// answered on the spot, and a lot of them is heard in one turn of the door, not in one for each.
#pragma once

#include "messages/actors.hpp"

#include <caf/actor_companion.hpp>
#include <caf/all.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace maestro {

class answer_desk {
public:
  using when_answered = std::function<void(caf::expected<ping_result>)>;

  /// Whoever answers first tells `door` that there is something, by a timer_fired.
  answer_desk(caf::actor_system& system, caf::actor_addr door);
  ~answer_desk();
  answer_desk(const answer_desk&) = delete;
  answer_desk& operator=(const answer_desk&) = delete;

  /// `then` is called once, in a turn of `hear`; never, if nobody answers. By the door alone.
  void ask(const game_room_actor& room, const ping_room& ping, when_answered then, caf::execution_unit* host);
  /// Calls whoever has been answered. By the door alone.
  void hear();

private:
  using answer = std::pair<std::uint64_t, caf::expected<ping_result>>; ///< by the number of its request

  void note(caf::mailbox_element& heard);

  const caf::actor_addr door_;
  caf::actor handle_;
  caf::strong_actor_ptr sender_;
  caf::actor_companion* companion_;
  std::unordered_map<std::uint64_t, when_answered> asked_;
  std::mutex guard_; ///< of what follows
  std::vector<answer> heard_;
};

} // namespace maestro
