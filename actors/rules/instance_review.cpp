#include "actors/rules/instance_review.hpp"

#include "actors/rules/reconciliation.hpp"
#include "actors/rules/room_removal.hpp"

namespace maestro::rules {

void instance_review::begin(std::vector<instance> list, timestamp now) {
  if (is_running_) {
    waiting_ = std::move(list);
    return;
  }
  is_running_ = true;
  began_at_ = now;
  list_ = std::move(list);
  index_ = instance_index(list_.size());
  looked_at_ = 0;
  last_room_ = {};
}

void instance_review::heard_of(const room_id& id) {
  if (is_running_)
    heard_of_.insert(id);
}

std::vector<pool_effect> instance_review::next(const pool_view& pool, std::size_t most) {
  std::vector<pool_effect> effects;
  for (; most > 0 && effects.size() < effects_max; --most) {
    if (looked_at_ < list_.size()) {
      auto& seen = list_[looked_at_++];
      index_.insert(seen);
      look_at(pool, seen, effects);
      continue;
    }
    auto* room = last_room_.empty() ? pool.rooms.at(0) : pool.rooms.after(last_room_);
    if (room == nullptr) {
      finish(pool.now);
      break;
    }
    last_room_ = room->id;
    if (!index_.contains(room->id))
      look_for(pool, *room, effects);
  }
  return effects;
}

void instance_review::look_at(const pool_view& pool, const instance& seen, std::vector<pool_effect>& effects) {
  if (pool.creating.contains(seen.id) || heard_of_.contains(seen.id))
    return;
  auto* room = pool.rooms.find(seen.id);
  if (room == nullptr) {
    if (is_confirmed(seen.id))
      for (auto& effect : end_of_orphan(seen.id))
        effects.push_back(std::move(effect));
    return;
  }
  auto found = compare(*room, &seen);
  if (found.is_to_end)
    effects.emplace_back(ask_for_end{room->id, room->removal, 0});
  if (found.is_drifted && is_confirmed(seen.id))
    effects.emplace_back(look_at_instance{seen});
}

void instance_review::look_for(const pool_view& pool, const room_record& room, std::vector<pool_effect>& effects) {
  bool is_new = room.created_at >= began_at_;
  if (is_new || pool.creating.contains(room.id) || heard_of_.contains(room.id) || !is_confirmed(room.id))
    return;
  if (compare(room, nullptr).is_gone) {
    effects.emplace_back(end_room{room.id, removal_cause::none, "the runtime no longer knows it"});
    return;
  }
  effects.emplace_back(begin_creation{room.id});
  effects.emplace_back(ask_for_instance{room.id, 0, {}});
}

bool instance_review::is_confirmed(const room_id& id) {
  if (!has_seen_a_list_ || suspects_.contains(id))
    return true;
  new_suspects_.insert(id);
  return false;
}

void instance_review::finish(timestamp now) {
  is_running_ = false;
  has_seen_a_list_ = true;
  suspects_ = std::exchange(new_suspects_, {});
  heard_of_ = {};
  index_ = {};
  list_ = {};
  if (waiting_)
    begin(*std::exchange(waiting_, {}), now);
}

} // namespace maestro::rules
