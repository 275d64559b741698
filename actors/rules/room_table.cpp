#include "actors/rules/room_table.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace maestro::rules {

namespace {

void bump(operation_tally& tally, const operation_id& operation) {
  if (operation.empty())
    return;
  if (tally.id != operation)
    tally = {operation, 0, 0};
  ++tally.done;
}

// A room that cannot take its matches any more, or has none promised, holds no slots.
void set_status(room_record& room, room_status status, timestamp at) {
  if (room.status != status)
    room.status_since = at;
  room.status = status;
  if (status != room_status::allocated && status != room_status::active)
    room.held_slots = 0;
}

} // namespace

void become(room_record& room, const room_ports_changed& event) {
  room.ports = event.ports;
}

void become(room_record& room, const room_instance_changed& event) {
  room.instance = event.instance;
  room.status_reason = event.description;
  room.host = event.host;
  room.instance_exited = event.exited;
  set_status(room, event.status, event.at);
}

void become(room_record& room, const room_pinged& event) {
  room.ping = event.ping;
  room.running_matches = event.running_matches;
  room.held_slots = event.held_slots;
  room.silence.clear();
  set_status(room, event.status, event.at);
}

void become(room_record& room, const room_silenced& event) {
  room.silence = event.reason;
  room.held_slots = event.held_slots;
  set_status(room, event.status, event.at);
}

void become(room_record& room, const room_allocated& event) {
  room.allocated_at = event.at;
  room.held_slots += event.slots;
  set_status(room, room.status == room_status::active ? room_status::active : room_status::allocated, event.at);
}

void become(room_record& room, const room_removal_started& event) {
  room.removal = event.cause;
  if (room.status != room_status::terminated && room.status != room_status::error)
    set_status(room, room_status::terminating, event.at);
}

void become(room_record& room, const room_draining& event) {
  room.drain = event.cause;
  room.drain_since = event.cause == removal_cause::none ? never : event.at;
}

void become(room_record& room, const room_event_reported& event) {
  room.end_reported |= event.kind == report_kind::ended;
}

struct room_table::applier {
  room_table& table;

  template <class Event>
  void operator()(const Event& event) {
    if constexpr (std::is_same_v<Event, room_event_reported>)
      if (event.kind != report_kind::ended)
        return; // of what game servers report nothing is kept
    auto* room = table.find_to_change(event.id);
    if (room == nullptr)
      return;
    if constexpr (std::is_same_v<Event, room_allocated>)
      table.requests_.remember({event.request, event.at, "allocate_room", event.id.str()});
    if constexpr (std::is_same_v<Event, room_removal_started> || std::is_same_v<Event, room_draining>)
      if (!room->validation)
        bump(table.last_remove_, event.operation);
    if constexpr (std::is_same_v<Event, room_removal_started>)
      table.note_failure(*room, event.cause);
    table.copy_.before_change(*room);
    table.count(*room, -1);
    bool was_living = !room->instance_exited;
    become(*room, event);
    table.count(*room, +1);
    if (was_living == room->instance_exited)
      table.count_living(*room, was_living ? -1 : +1);
  }
  void operator()(const room_created& event) {
    auto [place, is_new] = table.rooms_.insert(event.room);
    if (!is_new)
      return;
    table.index_.insert(&*place);
    table.copy_.inserted(place->id);
    table.count(*place, +1);
    table.count_kind(*place, +1);
    if (place->validation)
      table.validation_rooms_.insert(place->id);
    else
      bump(table.last_add_, event.room.created_by);
  }
  void operator()(const room_removed& event) {
    auto* room = table.index_.extract(event.id);
    if (room == nullptr)
      return;
    auto found = table.rooms_.iterator_to(*room);
    table.copy_.before_change(*found);
    if (found->removal == removal_cause::none)
      table.note_failure(*found, event.cause);
    table.count(*found, -1);
    table.count_kind(*found, -1);
    if (found->validation)
      table.validation_rooms_.erase(found->id);
    table.rooms_.erase(found);
  }
};

void room_table::apply(const pool_event& event) {
  std::visit(applier{*this}, event);
}

void room_table::note_failure(const room_record& room, removal_cause cause) {
  if (cause == removal_cause::creation_failed && !room.created_by.empty() && room.created_by == last_add_.id)
    ++last_add_.failed;
}

void room_table::count(const room_record& room, std::int64_t sign) {
  counts_.rooms[static_cast<std::size_t>(room.status)] += sign;
  counts_.instances[static_cast<std::size_t>(room.instance)] += sign;
  counts_.running_matches += sign * counted_matches(room);
  counts_.allocated_slots += sign * promised_slots(room);
}

// What never changes of a room.
void room_table::count_kind(const room_record& room, std::int64_t sign) {
  auto count_in = [sign](auto& counts, const std::string& key) {
    auto place = counts.try_emplace(key, 0).first;
    place->second += sign;
    if (place->second == 0)
      counts.erase(place);
  };
  count_in(versions_, room.version);
  count_in(nodes_, room.placed_on);
  if (!room.instance_exited)
    count_living(room, sign);
}

void room_table::count_living(const room_record& room, std::int64_t sign) {
  ++living_changes_;
  auto place = living_.try_emplace({room.placed_on, room.version}, 0).first;
  place->second += sign;
  if (place->second == 0)
    living_.erase(place);
}

room_record* room_table::find_to_change(const room_id& id) {
  return const_cast<room_record*>(find(id));
}

pool_snapshot room_table::snapshot() const {
  pool_snapshot all{{}, last_add_, last_remove_, requests_.all()};
  all.rooms.reserve(rooms_.size());
  for (auto& room : rooms())
    all.rooms.push_back(room);
  return all;
}

void room_table::begin_snapshot() {
  copy_.begin();
  first_part_ = {{}, last_add_, last_remove_, requests_.all()};
}

slice_outcome room_table::next_part(std::size_t entries, pool_snapshot& part) {
  part = std::exchange(first_part_, {});
  return copy_.next(rooms(), entries, part.rooms);
}

void room_table::restore(pool_snapshot snapshot) {
  rooms_.clear();
  index_ = decltype(index_)();
  counts_ = {};
  versions_.clear();
  nodes_.clear();
  living_.clear();
  ++living_changes_;
  validation_rooms_.clear();
  last_add_ = last_remove_ = {};
  requests_ = {};
  restore_part(std::move(snapshot));
}

void room_table::restore_part(pool_snapshot part) {
  if (!part.last_add.id.empty())
    last_add_ = std::move(part.last_add);
  if (!part.last_remove.id.empty())
    last_remove_ = std::move(part.last_remove);
  if (!part.requests.empty())
    requests_.restore(std::move(part.requests));
  for (auto& room : part.rooms) {
    auto before = rooms_.size();
    auto place = rooms_.insert(rooms_.end(), std::move(room)); // most come in order
    if (rooms_.size() == before)
      continue;
    index_.insert(&*place);
    count(*place, +1);
    count_kind(*place, +1);
    if (place->validation)
      validation_rooms_.insert(place->id);
  }
}

const room_record* room_table::find(const room_id& id) const {
  auto* found = index_.find(id);
  return found == nullptr ? nullptr : *found;
}

const room_record* room_table::after(const room_id& id) const {
  auto next = rooms().upper_bound(id);
  return next == rooms().end() ? nullptr : &*next;
}

const room_record* room_table::at(std::size_t place) const {
  return place < rooms_.size() ? &*rooms().nth(place) : nullptr;
}

std::int64_t room_table::intended_by(const operation_id& operation) const {
  return last_add_.id == operation ? last_add_.done : 0;
}

std::int64_t room_table::created_by(const operation_id& operation) const {
  return last_add_.id == operation ? last_add_.done - last_add_.failed : 0;
}

std::int64_t room_table::removed_by(const operation_id& operation) const {
  return last_remove_.id == operation ? last_remove_.done : 0;
}

} // namespace maestro::rules
