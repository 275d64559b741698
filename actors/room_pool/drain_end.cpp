#include "actors/room_pool/drain_end.hpp"

#include "actors/rules/room_removal.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

bool drain_end::slice() {
  auto view = pool_.view();
  auto& rooms = view.rooms.rooms();
  auto room = rooms.upper_bound(last_);
  for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != rooms.end() && left_ > 0;
       ++seen, ++room) {
    last_ = room->id;
    if (room->drain == removal_cause::none || view.versions.is_replaced(room->version))
      continue;
    --left_;
    pool_.submit(last_, [id = last_](const rules::pool_view& pool) { return rules::decide_drain_end(pool, id); });
  }
  if (room != rooms.end() && left_ > 0)
    return true;
  answer_.deliver(done{});
  return false;
}

} // namespace maestro
