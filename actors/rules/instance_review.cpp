#include "actors/rules/instance_review.hpp"

#include "actors/rules/reconciliation.hpp"
#include "actors/rules/room_removal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace maestro::rules {

namespace {

bool is_behind(const room_id& place, const std::vector<instance>& page) {
  auto is_not_in_order = [](auto& left, auto& right) { return left.id >= right.id; };
  return page.empty() ||
         (place < page.front().id && std::adjacent_find(page.begin(), page.end(), is_not_in_order) == page.end());
}

} // namespace

instance_review::memory& instance_review::remember() {
  if (!memory_)
    memory_ = std::make_unique<memory>();
  return *memory_;
}

const strangers& instance_review::strangers() const {
  static const maestro::rules::strangers none;
  return memory_ ? memory_->strangers : none;
}

void instance_review::forget_stranger(const room_id& id) {
  if (memory_)
    memory_->strangers.forget(id);
}

void instance_review::begin(timestamp now, std::vector<std::string> out_of_sight) {
  give_up();
  if (memory_ || !out_of_sight.empty())
    if (out_of_sight != std::exchange(remember().out_of_sight, out_of_sight))
      memory_->lists_until_look = 2;
  walk_ = std::make_unique<walk>(walk{now});
}

bool instance_review::take(instance_list page) {
  if (!walk_ || !is_behind(walk_->place, page.items)) {
    give_up();
    return false;
  }
  walk_->page = std::move(page.items);
  walk_->looked_at = 0;
  walk_->is_last_page = page.is_last;
  walk_->out_of_sight = std::move(page.out_of_sight);
  return true;
}

bool instance_review::hear(const pool_view& pool, const instance_event& event, std::vector<pool_effect>& effects) {
  auto& seen = event.what;
  if (walk_ && walk_->place < seen.id)
    walk_->heard_of.insert(seen.id);
  if (event.type == instance_event_type::deleted || seen.exited) {
    forget_stranger(seen.id);
    return false;
  }
  if (pool.rooms.find(seen.id) != nullptr || pool.creating.contains(seen.id))
    return false;
  if (has_seen_a_list_ && !strangers().holds(seen.id))
    return false;
  note_stranger(seen, effects);
  return true;
}

void instance_review::note_stranger(const instance& seen, std::vector<pool_effect>& effects) {
  if (remember().strangers.note(seen))
    effects.emplace_back(note{pool_note::stranger_found, seen.id, {}, {}});
}

std::vector<pool_effect> instance_review::next(const pool_view& pool, std::size_t most) {
  forget_some(most);
  std::vector<pool_effect> effects;
  if (!walk_)
    return effects;
  auto& rooms = pool.rooms.rooms();
  auto room = rooms.upper_bound(walk_->place);
  for (; most > 0 && effects.size() < effects_max && !is_through_page(); --most) {
    auto* seen = is_page_done() ? nullptr : &walk_->page[walk_->looked_at];
    if (room != rooms.end() && (seen == nullptr || room->id < seen->id)) {
      look_for(pool, *room, effects);
      walk_->place = room++->id;
      continue;
    }
    if (seen == nullptr) {
      finish();
      break;
    }
    bool is_known = room != rooms.end() && room->id == seen->id;
    look_at(pool, is_known ? &*room : nullptr, *seen, effects);
    walk_->place = seen->id;
    room = is_known ? std::next(room) : room;
    ++walk_->looked_at;
  }
  return effects;
}

void instance_review::look_at(const pool_view& pool, const room_record* room, const instance& seen,
                              std::vector<pool_effect>& effects) {
  if (has_heard_of(seen.id))
    return;
  bool is_in_creation = pool.creating.contains(seen.id);
  if (room == nullptr)
    return is_in_creation ? void() : look_at_unknown(seen, effects);
  auto found = compare(*room, &seen);
  if (found.is_to_end && !is_in_creation)
    effects.emplace_back(ask_for_end{room->id, room->removal, 0});
  if (found.is_drifted && is_confirmed(seen.id))
    effects.emplace_back(look_at_instance{seen});
}

void instance_review::look_at_unknown(const instance& seen, std::vector<pool_effect>& effects) {
  if (!seen.exited && (!has_seen_a_list_ || strangers().holds(seen.id)))
    return note_stranger(seen, effects);
  if (!is_confirmed(seen.id))
    return;
  forget_stranger(seen.id);
  for (auto& effect : end_of_orphan(seen.id))
    effects.push_back(std::move(effect));
}

bool instance_review::is_in_sight(const room_record& room) const {
  auto& nodes = walk_->out_of_sight;
  return std::find(nodes.begin(), nodes.end(), room.placed_on) == nodes.end();
}

void instance_review::look_for(const pool_view& pool, const room_record& room, std::vector<pool_effect>& effects) {
  // A time that has not come yet was written under another clock, or before a step of this one.
  bool is_new = room.created_at >= walk_->began_at && room.created_at <= pool.clock.now;
  if (!is_in_sight(room)) {
    if (!is_new && room.silence.empty() && !is_left_alone(pool, room.id))
      effects.emplace_back(lose_sight{room.id, {room.placed_on, "its machine is not reached"}});
    return;
  }
  if (is_left_alone(pool, room.id) || is_new || !is_confirmed(room.id))
    return;
  if (compare(room, nullptr).is_gone) {
    effects.emplace_back(end_room{room.id, removal_cause::none, "the runtime no longer knows it"});
    return;
  }
  effects.emplace_back(begin_creation{room.id});
  effects.emplace_back(ask_for_instance{room.id, 0, {}});
}

bool instance_review::is_left_alone(const pool_view& pool, const room_id& id) {
  return has_heard_of(id) || pool.creating.contains(id);
}

bool instance_review::has_heard_of(const room_id& id) {
  auto& heard_of = walk_->heard_of;
  while (!heard_of.empty() && *heard_of.begin() < id)
    heard_of.erase(heard_of.begin());
  return heard_of.contains(id);
}

bool instance_review::is_confirmed(const room_id& id) {
  if (!has_seen_a_list_)
    return true;
  if (memory_) {
    auto& suspects = memory_->suspects;
    while (!suspects.empty() && suspects.front() < id)
      suspects.pop_front();
    if (!suspects.empty() && suspects.front() == id)
      return true;
  }
  walk_->suspects.push_back(id);
  return false;
}

void instance_review::forget_some(std::size_t most) {
  for (; memory_ && most > 0 && !memory_->forgotten.empty(); --most)
    memory_->forgotten.pop_back();
}

// What is still being forgotten then is little, or was long ago.
void instance_review::forget(std::list<room_id>& suspects) {
  if (!suspects.empty() && remember().forgotten.size() < suspects.size())
    std::swap(memory_->forgotten, suspects);
  suspects.clear();
}

void instance_review::give_up() {
  if (walk_)
    forget(walk_->suspects);
  walk_.reset();
}

void instance_review::finish() {
  has_seen_a_list_ = true;
  if (memory_) {
    forget(memory_->suspects);
    memory_->wants_look = memory_->lists_until_look > 0 && --memory_->lists_until_look == 0;
  }
  if (!walk_->suspects.empty())
    remember().suspects = std::move(walk_->suspects);
  walk_.reset();
}

} // namespace maestro::rules
