#include "actors/room_pool/health_count.hpp"

#include "actors/rules/rooms_plan.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace maestro {

bool room_count::slice(const pool_writer& pool) {
  auto view = pool.view();
  auto& rooms = view.rooms.rooms();
  auto room = rooms.upper_bound(last_);
  const scheduler* limits = nullptr; // most rooms have the same
  auto settings = view.settings;
  for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != rooms.end(); ++seen, ++room) {
    last_ = room->id;
    auto lost_at = rules::loss_of_host(view.hosts, room->placed_on);
    if (lost_at <= view.clock.steady)
      continue;
    next_loss_ = std::min(next_loss_, lost_at);
    if (auto* own = view.limits_of(*room); own != limits)
      settings = rules::settings_for(view.settings, limits = own);
    rules::count_room(health_, *room, pool.last_sign(*room), view.make_of(*room), settings, view.clock);
  }
  return room != rooms.end();
}

bool health_count::slice() {
  if (count_.slice(pool_))
    return true;
  auto& health = count_.health();
  if (rules::follows_changes(pool_.view().versions.active(), health))
    pool_.hands().tell_next_change();
  pool_.hands().look_when_lost(count_.next_loss());
  health.creation_problem = pool_.last_creation_problem();
  answer_.deliver(std::move(health));
  return false;
}

} // namespace maestro
