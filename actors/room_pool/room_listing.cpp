#include "actors/room_pool/room_listing.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <limits>

namespace maestro {

room_listing::room_listing(pool_writer& pool, const list_rooms& wish, promise answer)
    : pool_(pool), wish_(wish), answer_(std::move(answer)) {
  auto size = pool_.table().size();
  auto left = size - std::min<std::size_t>(wish_.skip, size);
  if (wish_.limit == 0)
    wish_.limit = std::numeric_limits<std::uint64_t>::max();
  found_.items.reserve(std::min<std::size_t>(left, wish_.limit));
}

bool room_listing::slice() {
  auto& items = found_.items;
  auto& table = pool_.table();
  auto& last = items.empty() ? wish_.after : items.back().room.id;
  auto room = last.empty() ? table.rooms().nth(wish_.skip) : table.rooms().upper_bound(last);
  for (std::size_t seen = 0; room != table.rooms().end() && items.size() < wish_.limit; ++seen, ++room) {
    if (seen == long_work::rooms_per_slice)
      return true;
    items.push_back({*room, pool_.last_ping_at(room->id)});
  }
  found_.total = table.size();
  answer_.deliver(std::move(found_));
  return false;
}

} // namespace maestro
