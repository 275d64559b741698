#include "actors/room_pool/removal_work.hpp"

#include "actors/rules/room_removal.hpp"
#include "messages/type_ids.hpp"

namespace maestro {

removal_work::removal_work(pool_writer& pool, remove_rooms command, rules::batch_number batch)
    : pool_(pool), command_(std::move(command)), batch_(batch) {
  if (command_.amount > 0)
    order_.emplace(rules::chosen_rooms(pool_.view(), command_, pool_.view().settings.remove_limit));
}

bool removal_work::slice() {
  for (std::size_t asked = 0; asked < asks_per_slice; ++asked) {
    auto named = next_named();
    if (!named)
      break;
    ask(*named, false);
    if (asked + 1 == asks_per_slice)
      return true;
  }
  if (!has_looked_at_all())
    return true;
  for (std::size_t asked = 0; asked < asks_per_slice && chosen_done_ < chosen_.size(); ++asked)
    ask(chosen_[chosen_done_++], true);
  if (chosen_done_ < chosen_.size())
    return true;
  pool_.traffic().removals.release(batch_);
  return false;
}

std::optional<room_id> removal_work::next_named() {
  if (named_ < command_.ids.size())
    return command_.ids[named_++];
  if (command_.cause != removal_cause::scheduler_deleted)
    return std::nullopt;
  auto* room = last_room_.empty() ? pool_.table().at(0) : pool_.table().after(last_room_);
  if (room == nullptr)
    return std::nullopt;
  return last_room_ = room->id;
}

bool removal_work::has_looked_at_all() {
  if (!order_)
    return true;
  auto* room = last_room_.empty() ? pool_.table().at(0) : pool_.table().after(last_room_);
  for (std::size_t seen = 0; room != nullptr && seen < long_work::rooms_per_slice; ++seen) {
    if (rules::concerns(pool_.view(), command_.cause, *room))
      order_->offer(*room, pool_.last_sign(*room));
    last_room_ = room->id;
    room = pool_.table().after(last_room_);
  }
  if (room != nullptr)
    return false;
  for (auto& one : order_->take())
    if (one.action != planned_action::drains)
      chosen_.push_back(std::move(one.id));
  auto leaving = order_->leaving();
  chosen_.insert(chosen_.end(), leaving.begin(), leaving.end());
  order_.reset();
  return true;
}

void removal_work::ask(const room_id& id, bool spare_players) {
  auto& removals = pool_.traffic().removals;
  removals.expect(batch_, 1);
  rules::remove_room one{id, command_.cause, command_.operation, batch_, spare_players};
  pool_.submit(
      id,
      [one, &pool = pool_](const rules::pool_view& view) {
        auto in_its_turn = one;
        if (auto* room = view.rooms.find(one.id))
          in_its_turn.last_sign = pool.last_sign(*room);
        return rules::decide_removal(view, in_its_turn);
      },
      [&removals, batch = batch_, id](const result<rules::removal_verdict>& verdict) {
        if (!verdict)
          removals.conclude(batch, id, verdict.error().text);
        else if (*verdict == rules::removal_verdict::drains)
          removals.drain(batch);
        else if (*verdict != rules::removal_verdict::asked)
          removals.skip(batch);
      });
}

} // namespace maestro
