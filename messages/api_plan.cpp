// The part of messages/api_codec that shows why there are so many rooms.
#include "messages/api_codec.hpp"
#include "messages/api_values.hpp"

#include "api/v1/plans.pb.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace maestro {

namespace v1 = api::v1;

namespace {

// What the wire has no number for is its largest.
std::int32_t small(std::int64_t number) {
  using most = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(number, most::min(), most::max()));
}

void put_there(const rooms_there& from, v1::RoomsThere& to) {
  using enum room_status;
  to.set_counted(small(from.counted));
  to.set_up(small(from.up));
  to.set_starting(small(from.counted - from.up - (from.are_silent_spared ? from.silent : 0)));
  to.set_draining(small(from.draining));
  to.set_replaced(small(from.replaced));
  to.set_silent(small(from.silent));
  to.set_silent_spared(from.are_silent_spared);
  to.set_ending(small(from.ending));
  to.set_validating(small(from.validating));
  to.set_pending(small(from.counts.of(pending)));
  to.set_unready(small(from.counts.of(unready)));
  to.set_ready(small(from.counts.of(ready)));
  to.set_active(small(from.counts.of(active)));
  to.set_allocated(small(from.counts.of(allocated)));
  to.set_occupied(small(from.counts.of(occupied)));
  to.set_error(small(from.counts.of(error)));
  to.set_running_matches(small(from.counts.running_matches));
  to.set_allocated_slots(small(from.counts.allocated_slots));
}

void put_change(const planned_change& from, v1::PlannedChange& to) {
  to.set_add(small(from.add));
  to.set_remove(small(from.remove));
  to.set_drain(small(from.drain));
  to.set_drains(small(from.drains));
  to.set_spare(small(from.spare));
  to.set_expired(small(from.expired));
  to.set_cause(to_string(from.cause));
  to.set_waits_for(to_string(from.waits_for));
  if (from.look_again_at != never)
    put_time(from.look_again_at, *to.mutable_look_again_at());
  to.set_add_limit(small(from.add_limit));
  to.set_remove_limit(small(from.remove_limit));
}

} // namespace

void to_api(const rooms_explanation& from, v1::Plan& to) {
  put_time(from.at, *to.mutable_at());
  to.set_version(from.version);
  to.set_wanted(small(from.wanted));
  for (auto& step : from.steps) {
    auto& shown = *to.add_steps();
    shown.set_reason(to_string(step.reason));
    shown.set_rooms(small(step.rooms));
    shown.set_text(step.text);
  }
  put_there(from.there, *to.mutable_there());
  put_change(from.change, *to.mutable_change());
  for (auto& room : from.rooms) {
    auto& shown = *to.add_rooms();
    shown.set_id(room.id.str());
    shown.set_status(to_string(room.status));
    shown.set_version(room.version);
    shown.set_action(to_string(room.action));
    shown.set_reason(to_string(room.reason));
    put_time(room.since, *shown.mutable_since());
  }
  to.set_total(small(static_cast<std::int64_t>(from.total)));
  if (from.looked_at != never)
    put_time(from.looked_at, *to.mutable_looked_at());
  if (from.next_look != never)
    put_time(from.next_look, *to.mutable_next_look_at());
}

} // namespace maestro
