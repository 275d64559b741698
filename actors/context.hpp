// What every actor of a node is spawned with: the ports to the world and the numbers to obey. Shared, immutable,
// made once by the node (nodes/node) or by a test with fakes.
//
// Whom one may wait for without a deadline (caf::infinite): actors of the same owner on the same node, that is a
// scheduler, its peers, its pool and its game rooms, the directory and the runtime's event actor, which answer or
// end; and the journal, when a stream is loaded (a node that recovers waits its turn) or appended to (its answer
// decides what is true). Every other request to the journal or to the runtime has a deadline (settings:
// journal_timeout, runtime_timeout), and who asks says what happens then.
#pragma once

#include "messages/actors.hpp"
#include "messages/owner_epoch.hpp"
#include "messages/settings.hpp"
#include "messages/time.hpp"

#include <memory>
#include <string>

namespace maestro {

class host_board;
class metrics;
class recipe_budget;

struct actor_context {
  journal_actor journal;
  room_host_actor host;
  runtime_events_actor events;
  node_clock clock;
  actor_settings settings;
  std::shared_ptr<metrics> meter;
  std::uint64_t seed = 0; ///< every actor derives its own random source from this and its name
  owner_epoch epoch =
      first_epoch;     ///< of this node's ownership of the scheduler; goes with all that changes the world
  std::string node_id; ///< where rooms that are created now are placed; short, drawn once with the journal
  forwarder_client_actor matchmakers{};     ///< none: nobody is told anything
  cluster_member self{};                    ///< the node as others see it, also where there are none
  prober_actor prober{};                    ///< none: game servers that do not ping are not asked
  std::shared_ptr<host_board> hosts{};      ///< none: all rooms are this machine's
  std::shared_ptr<recipe_budget> recipes{}; ///< none: their bytes have no bound
  bool journal_is_shared = false; ///< each batch passes through every node: what is decided together goes as one

  timestamp now() const { return clock().now; }
};
using actor_context_ptr = std::shared_ptr<const actor_context>;

} // namespace maestro
