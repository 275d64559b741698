#include "actors/room_pool/health_count.hpp"

#include "actors/rules/rooms_plan.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

bool health_count::slice() {
  auto view = pool_.view();
  auto& rooms = view.rooms.rooms();
  auto room = rooms.upper_bound(last_);
  for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != rooms.end(); ++seen, ++room) {
    rules::count_room(health_, *room, pool_.last_sign(*room), view.versions.is_replaced(room->version),
                      view.settings, view.clock);
    last_ = room->id;
  }
  if (room != rooms.end())
    return true;
  if (rules::follows_changes(view.versions.active(), health_))
    pool_.hands().tell_next_change();
  health_.creation_problem = pool_.hands().creations().last_problem();
  answer_.deliver(std::move(health_));
  return false;
}

} // namespace maestro
