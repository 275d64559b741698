#include "actors/room_pool/explaining.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

bool explaining::slice() {
  if (!explanation_) {
    if (count_.slice(pool_))
      return true;
    explanation_.emplace(pool_.view(), asked_, count_.health(), memory_);
  }
  if (offer_some())
    return true;
  answer_.deliver(explanation_->take());
  return false;
}

bool explaining::offer_some() {
  auto view = pool_.view();
  auto& rooms = view.rooms.rooms();
  auto room = rooms.upper_bound(last_);
  for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != rooms.end(); ++seen, ++room) {
    explanation_->offer(view, *room, pool_.last_sign(*room));
    last_ = room->id;
  }
  return room != rooms.end();
}

} // namespace maestro
