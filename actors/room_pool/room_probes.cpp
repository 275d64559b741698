#include "actors/room_pool/room_probes.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

namespace maestro {

room_probes::room_probes(room_pool_actor::pointer self, prober_actor prober, const scheduler_name& name,
                         game_rooms& games)
    : self_(self), prober_(std::move(prober)), name_(name), games_(games) {}

bool room_probes::has_news(const rules::known_versions& versions) {
  std::set<std::string> with_probe;
  if (prober_)
    versions.for_each([&](const scheduler& recipe) {
      if (rules::probe_of(&recipe) != nullptr)
        with_probe.insert(recipe.spec.version);
    });
  if (with_probe.empty() && (!use_ || use_->asked.empty())) {
    use_ = nullptr;
    return false;
  }
  if (!use_)
    use_ = std::make_unique<use>();
  auto before = std::exchange(use_->versions, std::move(with_probe));
  return !std::includes(before.begin(), before.end(), use_->versions.begin(), use_->versions.end());
}

void room_probes::update(const rules::pool_view& pool, const room_id& id) {
  if (!use_)
    return;
  auto* room = pool.rooms.find(id);
  bool is_wanted = room != nullptr && rules::is_asked(*room, pool.version_of(*room));
  if (is_wanted && prober_ && use_->asked.insert(id).second)
    begin(pool, *room);
  else if (!is_wanted && use_->asked.erase(id) > 0)
    self_->send(prober_, end_probing{id, name_});
}

void room_probes::begin(const rules::pool_view& pool, const room_record& room) {
  auto& version = *pool.version_of(room);
  auto& how = *rules::probe_of(&version);
  begin_probing wish{room.id,
                     name_,
                     how,
                     room.ports,
                     0,
                     1,
                     room.ping != ping_status::unknown,
                     caf::actor_cast<asked_room_actor>(games_.of(room)),
                     room.placed_on};
  wish.port = static_cast<std::uint32_t>(rules::probed_port(version.spec, how).value_or(0));
  wish.busy_matches = how.players == "occupied" ? version.max_matches : 1;
  self_->send(prober_, std::move(wish));
}

} // namespace maestro
