#include "actors/room_pool_state.hpp"

#include <algorithm>

namespace maestro {

namespace {

void bump(operation_tally& tally, const operation_id& operation) {
  if (operation.empty())
    return;
  if (tally.id != operation)
    tally = {operation, 0};
  ++tally.done;
}

} // namespace

room_record with_status(room_record room, room_status status, timestamp at) {
  if (room.status != status)
    room.status_since = at;
  room.status = status;
  return room;
}

struct room_pool_rooms::applier {
  room_pool_rooms& pool;

  template <class Change>
  void change(const room_id& id, Change change_room) {
    auto found = pool.rooms_.find(id);
    if (found == pool.rooms_.end())
      return;
    pool.count(found->second, -1);
    change_room(found->second);
    pool.count(found->second, +1);
  }

  static void set_status(room_record& room, room_status status, timestamp at) {
    room = with_status(std::move(room), status, at);
  }

  void operator()(const room_created& event) {
    auto [place, is_new] = pool.rooms_.emplace(event.room.id, event.room);
    if (!is_new)
      return;
    pool.count(place->second, +1);
    bump(pool.last_add_, event.room.created_by);
  }
  void operator()(const room_ports_changed& event) {
    change(event.id, [&](room_record& room) { room.ports = event.ports; });
  }
  void operator()(const room_instance_changed& event) {
    change(event.id, [&](room_record& room) {
      room.instance = event.instance;
      room.status_reason = event.description;
      room.host = event.host;
      room.instance_exited = event.exited;
      set_status(room, event.status, event.at);
    });
  }
  void operator()(const room_pinged& event) {
    change(event.id, [&](room_record& room) {
      room.ping = event.ping;
      room.running_matches = event.running_matches;
      set_status(room, event.status, event.at);
    });
  }
  void operator()(const room_allocated& event) {
    change(event.id, [&](room_record& room) {
      room.allocated_at = event.at;
      set_status(room, room_status::allocated, event.at);
    });
  }
  void operator()(const room_removal_started& event) {
    change(event.id, [&](room_record& room) {
      room.removal = event.cause;
      if (room.status != room_status::terminated && room.status != room_status::error)
        set_status(room, room_status::terminating, event.at);
    });
    bump(pool.last_remove_, event.operation);
  }
  void operator()(const room_removed& event) {
    auto found = pool.rooms_.find(event.id);
    if (found == pool.rooms_.end())
      return;
    pool.count(found->second, -1);
    pool.rooms_.erase(found);
  }
};

void room_pool_rooms::apply(const pool_event& event) {
  std::visit(applier{*this}, event);
}

void room_pool_rooms::count(const room_record& room, std::int64_t sign) {
  counts_.rooms[static_cast<std::size_t>(room.status)] += sign;
  counts_.instances[static_cast<std::size_t>(room.instance)] += sign;
  counts_.running_matches += sign * std::max<std::int64_t>(room.running_matches, 0);
}

pool_snapshot room_pool_rooms::snapshot() const {
  pool_snapshot all{{}, last_add_, last_remove_};
  all.rooms.reserve(rooms_.size());
  for (auto& [id, room] : rooms_)
    all.rooms.push_back(room);
  std::sort(all.rooms.begin(), all.rooms.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return all;
}

void room_pool_rooms::restore(pool_snapshot snapshot) {
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

const room_record* room_pool_rooms::find(const room_id& id) const {
  auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : &found->second;
}

std::int64_t room_pool_rooms::created_by(const operation_id& operation) const {
  return last_add_.id == operation ? last_add_.done : 0;
}

std::int64_t room_pool_rooms::removed_by(const operation_id& operation) const {
  return last_remove_.id == operation ? last_remove_.done : 0;
}

} // namespace maestro
