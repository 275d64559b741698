#include "runtime/process/lost_rooms.hpp"

#include "runtime/process/room_child.hpp"

#include <algorithm>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr int quiet_enough = 3;

bool has_no_parent(const running_process& it) {
  return it.parent == 1 || it.parent == ::getpid();
}

/// A child of ours that we did not start: it lost its parents.
bool came_to_us(const running_process& it, const std::set<pid_t>& shims) {
  return it.parent == ::getpid() && it.session != ::getsid(0) && !shims.contains(it.name.pid) &&
         !is_room_child(it.name.pid);
}

} // namespace

void lost_rooms::add(const room_identity& room, const std::optional<shim_state>& state, bool has_group) {
  lost_room lost{room.scheduler, room.id, room.user, has_group, {}, 0, 0};
  if (state)
    lost.since = state->start_time;
  if (state && !has_group)
    for (auto& container : state->containers)
      if (container.pid > 1)
        lost.sessions.emplace(container.pid, container.start_time);
  rooms_.push_back(std::move(lost));
}

bool lost_rooms::has_user(uid_t user) const {
  return std::any_of(rooms_.begin(), rooms_.end(), [&](const lost_room& it) { return it.user == user; });
}

/// As long as its leader lives a session is that leader's.
std::set<pid_t> lost_rooms::proven_sessions(const std::vector<running_process>& running) const {
  std::set<pid_t> proven;
  for (auto& room : rooms_)
    for (auto& it : running)
      if (auto known = room.sessions.find(it.name.pid);
          known != room.sessions.end() && known->second != 0 && known->second == it.name.start_time)
        proven.insert(known->first);
  return proven;
}

bool lost_rooms::is_of(const lost_room& room, const running_process& it, const std::set<pid_t>& proven) const {
  if (it.name.start_time < room.since)
    return false;
  if (room.user != 0)
    return it.user == room.user;
  return room.sessions.contains(it.session) && proven.contains(it.session);
}

bool lost_rooms::is_marked_as_of(const lost_room& room, const marked_process& it) const {
  return room.user == 0 && !room.has_group && room.id.str() == it.room && it.what.name.start_time >= room.since &&
         (has_no_parent(it.what) || room.sessions.contains(it.what.session));
}

void lost_rooms::add_marked(const std::string& mark, const std::set<pid_t>& shims,
                            std::vector<marked_process>& found) const {
  auto is_found = [&](const process_name& name) {
    return std::any_of(found.begin(), found.end(), [&](auto& it) { return it.what.name == name; });
  };
  for (auto& it : find_marked(mark))
    if (!shims.contains(it.what.name.pid) && !is_room_child(it.what.name.pid) && !is_found(it.what.name) &&
        std::any_of(rooms_.begin(), rooms_.end(),
                    [&](const lost_room& room) { return is_marked_as_of(room, it); }))
      found.push_back(it);
}

void lost_rooms::note_quiet(const std::vector<marked_process>& found) {
  std::set<room_id> seen;
  for (auto& it : found)
    seen.insert(room_id{it.room});
  for (auto& room : rooms_) {
    room.quiet = seen.contains(room.id) ? 0 : room.quiet + 1;
    if (room.quiet >= quiet_enough && room.user != 0)
      freed_.push_back(room.user);
  }
  std::erase_if(rooms_, [](const lost_room& room) { return room.quiet >= quiet_enough; });
}

std::vector<marked_process> lost_rooms::find(const std::string& mark, const std::set<pid_t>& shims) {
  std::vector<marked_process> found;
  auto running = running_processes();
  auto proven = proven_sessions(running);
  for (auto& it : running) {
    if (it.is_zombie) {
      if (came_to_us(it, shims))
        ::waitpid(it.name.pid, nullptr, WNOHANG);
      continue;
    }
    auto owner =
        std::find_if(rooms_.begin(), rooms_.end(), [&](const lost_room& room) { return is_of(room, it, proven); });
    if (owner != rooms_.end() && owner->user != 0 && may_descend_from_shim(it))
      continue;
    if (owner != rooms_.end())
      found.push_back({it, owner->scheduler.str(), owner->id.str()});
    else if (came_to_us(it, shims))
      found.push_back({it, "", ""});
  }
  if (std::any_of(rooms_.begin(), rooms_.end(), [](auto& room) { return room.user == 0 && !room.has_group; }))
    add_marked(mark, shims, found);
  note_quiet(found);
  return found;
}

std::vector<uid_t> lost_rooms::take_freed() {
  return std::exchange(freed_, {});
}

void become_reaper() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

} // namespace maestro::process
