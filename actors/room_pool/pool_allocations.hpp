// Whoever asks a ROOM POOL for a room. What is asked before the runtime's first list was seen waits for it, so that no
// room is handed out that died with the node.
#pragma once

#include "actors/owed_answer.hpp"
#include "messages/commands.hpp"

#include <list>
#include <memory>

namespace maestro {

class pool_writer;

class pool_allocations {
public:
  using answer_owed = owed_answer<allocated_room>;

  /// `may_choose`: the list was seen. Answered with why not where too many wait already.
  void take(pool_writer& pool, const allocate_room& command, answer_owed answer, bool may_choose);
  /// The list was seen: those that wait have their turns, some at a time.
  void begin_waiting(pool_writer& pool);

private:
  struct waiting_allocation {
    allocate_room command;
    answer_owed answer;
    duration heard_at{}; ///< on the steady clock
  };
  std::unique_ptr<std::list<waiting_allocation>> waiting_; ///< from the first that had to wait on
};

} // namespace maestro
