#include "actors/cluster/remote_room.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

game_room_actor::behavior_type remote_room(game_room_actor::pointer self, const peer_actor& through,
                                           const scheduler_name& scheduler, const room_id& room) {
  self->monitor(through);
  self->set_down_handler([self](const caf::down_msg& down) { self->quit(down.reason); });
  return {[=](const ping_room& ping) -> caf::result<ping_result> {
    auto answer = self->make_response_promise<ping_result>();
    self->request(through, caf::infinite, relay_ping{scheduler, room, ping})
        .then([answer](const ping_result& told) mutable { answer.deliver(told); },
              [self, answer](const caf::error& error) mutable {
                auto why = from_caf(error);
                bool is_over = why.code == ec::deposed || why.code == ec::unavailable;
                answer.deliver(is_over ? to_caf({ec::unavailable, why.text, failure_subject::actor}) : error);
                if (is_over)
                  self->quit();
              });
    return answer;
  }};
}

} // namespace

game_room_actor spawn_remote_room(caf::actor_system& system, const peer_actor& through,
                                  const scheduler_name& scheduler, const room_id& room) {
  return system.spawn(remote_room, through, scheduler, room);
}

} // namespace maestro
