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
    tally = {operation, 0};
  ++tally.done;
}

void set_status(room_record& room, room_status status, timestamp at) {
  if (room.status != status)
    room.status_since = at;
  room.status = status;
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
  set_status(room, event.status, event.at);
}

void become(room_record& room, const room_allocated& event) {
  room.allocated_at = event.at;
  set_status(room, room_status::allocated, event.at);
}

void become(room_record& room, const room_removal_started& event) {
  room.removal = event.cause;
  if (room.status != room_status::terminated && room.status != room_status::error)
    set_status(room, room_status::terminating, event.at);
}

struct room_table::applier {
  room_table& table;

  template <class Event>
  void operator()(const Event& event) {
    if constexpr (std::is_same_v<Event, room_removal_started>)
      bump(table.last_remove_, event.operation);
    auto found = table.rooms_.find(event.id);
    if (found == table.rooms_.end())
      return;
    table.copy_.before_change(table.rooms_, found);
    table.count(found->second, -1);
    become(found->second, event);
    table.count(found->second, +1);
  }
  void operator()(const room_created& event) {
    auto [place, is_new] = table.rooms_.emplace(event.room.id, event.room);
    if (!is_new)
      return;
    table.copy_.inserted(table.rooms_, place->first);
    table.count(place->second, +1);
    bump(table.last_add_, event.room.created_by);
  }
  void operator()(const room_removed& event) {
    auto found = table.rooms_.find(event.id);
    if (found == table.rooms_.end())
      return;
    table.copy_.before_change(table.rooms_, found);
    table.count(found->second, -1);
    table.rooms_.erase(found);
  }
};

void room_table::apply(const pool_event& event) {
  std::visit(applier{*this}, event);
}

void room_table::count(const room_record& room, std::int64_t sign) {
  counts_.rooms[static_cast<std::size_t>(room.status)] += sign;
  counts_.instances[static_cast<std::size_t>(room.instance)] += sign;
  counts_.running_matches += sign * std::max<std::int64_t>(room.running_matches, 0);
}

pool_snapshot room_table::snapshot() const {
  pool_snapshot all{{}, last_add_, last_remove_};
  all.rooms.reserve(rooms_.size());
  for (auto& [id, room] : rooms_)
    all.rooms.push_back(room);
  std::sort(all.rooms.begin(), all.rooms.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return all;
}

void room_table::begin_snapshot() {
  copy_.begin(rooms_);
  first_part_ = {{}, last_add_, last_remove_};
}

slice_outcome room_table::next_part(std::size_t entries, pool_snapshot& part) {
  part = std::exchange(first_part_, {});
  return copy_.next(rooms_, entries, part.rooms);
}

void room_table::restore(pool_snapshot snapshot) {
  rooms_.clear();
  counts_ = {};
  last_add_ = std::move(snapshot.last_add);
  last_remove_ = std::move(snapshot.last_remove);
  rooms_.reserve(snapshot.rooms.size());
  for (auto& room : snapshot.rooms) {
    count(room, +1);
    auto id = room.id;
    rooms_.emplace(std::move(id), std::move(room));
  }
}

const room_record* room_table::find(const room_id& id) const {
  auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : &found->second;
}

std::int64_t room_table::created_by(const operation_id& operation) const {
  return last_add_.id == operation ? last_add_.done : 0;
}

std::int64_t room_table::removed_by(const operation_id& operation) const {
  return last_remove_.id == operation ? last_remove_.done : 0;
}

} // namespace maestro::rules
