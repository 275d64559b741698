#include "actors/room_pool/room_listing.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <limits>

namespace maestro {

room_listing::room_listing(pool_writer& pool, const list_rooms& wish, bool with_grace, promise answer)
    : pool_(pool), wish_(wish), with_grace_(with_grace), answer_(std::move(answer)) {
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
  auto* room = last.empty() ? table.at(wish_.skip) : table.after(last);
  for (std::size_t seen = 0; room != nullptr && items.size() < wish_.limit; ++seen) {
    if (seen == long_work::rooms_per_slice)
      return true;
    auto last_ping = with_grace_ ? pool_.last_ping_with_grace(*room) : pool_.last_ping_at(room->id);
    items.push_back({*room, last_ping});
    room = table.after(room->id);
  }
  found_.total = table.size();
  answer_.deliver(std::move(found_));
  return false;
}

} // namespace maestro
