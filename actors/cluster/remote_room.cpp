#include "actors/cluster/remote_room.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <utility>

namespace maestro {

namespace {

// The PEER holds it: it does not hold the PEER.
game_room_actor::behavior_type remote_room(game_room_actor::pointer self, const caf::actor_addr& through,
                                           const scheduler_name& scheduler, const room_id& room) {
  return {[=](const ping_room& ping) -> caf::result<ping_result> {
    auto peer = caf::actor_cast<caf::strong_actor_ptr>(through);
    if (!peer)
      return caf::make_error(caf::sec::request_receiver_down);
    return self->delegate(caf::actor_cast<peer_actor>(peer), relay_ping{scheduler, room, ping});
  }};
}

} // namespace

game_room_actor remote_rooms::get(caf::actor_system& system, const peer_actor& through,
                                  const scheduler_name& scheduler, const room_id& room) {
  auto key = scheduler.str() + '/' + room.str();
  if (auto known = young_.find(key); known != young_.end())
    return known->second;
  if (young_.size() >= generation_size_)
    old_ = std::exchange(young_, {});
  if (auto known = old_.extract(key); !known.empty())
    return young_.insert(std::move(known)).position->second;
  return young_.emplace(std::move(key), system.spawn(remote_room, through.address(), scheduler, room))
      .first->second;
}

} // namespace maestro
