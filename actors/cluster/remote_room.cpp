#include "actors/cluster/remote_room.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

game_room_actor::behavior_type remote_room(game_room_actor::pointer self, const peer_actor& through,
                                           const scheduler_name& scheduler, const room_id& room) {
  self->monitor(through);
  self->set_down_handler([self](const caf::down_msg& down) { self->quit(down.reason); });
  return {[=](const ping_room& ping) { return self->delegate(through, relay_ping{scheduler, room, ping}); }};
}

} // namespace

game_room_actor spawn_remote_room(caf::actor_system& system, const peer_actor& through,
                                  const scheduler_name& scheduler, const room_id& room) {
  return system.spawn(remote_room, through, scheduler, room);
}

} // namespace maestro
