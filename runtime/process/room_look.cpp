#include "runtime/process/room_look.hpp"

#include "runtime/process/process_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr int state_attempts = 200; // of 10 ms, for all rooms together

result<std::optional<stop_request>> look_at_stop(const std::string& room_directory) {
  auto text = look_at_file(room_directory + "/stop");
  if (!text)
    return text.error();
  if (!*text)
    return std::optional<stop_request>{};
  auto& words = **text;
  stop_request stop;
  auto end = std::min(words.find('\n'), words.size());
  stop.grace_ms = std::atoll(words.substr(0, end).c_str());
  stop.cause = words.substr(std::min(end + 1, words.size()));
  if (!stop.cause.empty() && stop.cause.back() == '\n')
    stop.cause.pop_back();
  return std::optional{stop};
}

result<bool> is_locked(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ELOOP || errno == ENXIO))
    return false;
  if (fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0)
    return false;
  if (fd && errno == EWOULDBLOCK)
    return true;
  return could_not("look at", path, errno);
}

/// By the state's word, where there is one.
result<done> look_for_named_shim(seen_room& it, const std::string& place) {
  auto shim = open_process({it.state->pid, it.state->start_time});
  if (!shim)
    return shim.error();
  if (!*shim)
    return done{};
  auto is_here = works_in(it.state->pid, place);
  if (!is_here)
    return is_here.error();
  it.lives_elsewhere = !*is_here;
  if (*is_here) {
    it.shim = std::move(*shim);
    it.pid = it.state->pid;
  }
  return done{};
}

/// By its name and working directory: it has not written a state yet, or somebody put something in its place.
result<done> look_for_silent_shim(seen_room& it, const std::string& place) {
  auto named = find_named("maestro-shim");
  if (!named)
    return named.error();
  for (auto& name : *named) {
    auto is_here = works_in(name.pid, place);
    if (!is_here)
      return is_here.error();
    if (!*is_here)
      continue;
    auto shim = open_process(name);
    if (!shim)
      return shim.error();
    it.shim = std::move(*shim);
    it.pid = it.shim ? name.pid : 0;
  }
  return done{};
}

result<done> look_for_shim(seen_room& it, const std::string& place) {
  auto state = look_at_state(place);
  if (!state)
    return state.error();
  it.state = std::move(*state);
  if (it.state && it.state->phase == shim_phase::ended)
    return done{};
  if (it.state)
    return look_for_named_shim(it, place);
  auto was_started = it.identity && it.identity->failure.empty();
  return was_started ? look_for_silent_shim(it, place) : done{};
}

result<seen_room> look_at_room(const room_layout& layout, const std::string& scheduler, const std::string& name) {
  seen_room it;
  it.scheduler = scheduler_name{scheduler};
  it.id = room_id{name};
  auto place = layout.room(it.scheduler, it.id);
  auto identity = look_at_file(place + "/instance");
  if (!identity)
    return identity.error();
  if (*identity)
    it.identity = parse_identity(**identity);
  if (it.identity && (it.identity->id != it.id || it.identity->scheduler != it.scheduler))
    it.identity.reset();
  auto stop = look_at_stop(place);
  if (!stop)
    return stop.error();
  it.stop = std::move(*stop);
  auto locked = is_locked(place + "/lock");
  if (!locked)
    return locked.error();
  it.is_locked = *locked;
  if (auto looked = look_for_shim(it, place); !looked)
    return looked.error();
  return it;
}

bool has_just_begun(const seen_room& it) {
  return it.is_locked && it.identity && !it.state && !it.shim;
}

} // namespace

result<std::optional<shim_state>> look_at_state(const std::string& room_directory) {
  auto text = look_at_file(room_directory + "/state");
  if (!text)
    return text.error();
  return *text ? parse_state(**text) : std::nullopt;
}

result<std::vector<seen_room>> look_at_rooms(const room_layout& layout) {
  std::vector<seen_room> rooms;
  auto schedulers = folders_in(layout.rooms());
  if (!schedulers)
    return schedulers.error();
  for (auto& scheduler : *schedulers) {
    auto names = folders_in(layout.rooms() + "/" + scheduler);
    if (!names)
      return names.error();
    for (auto& name : *names) {
      auto seen = look_at_room(layout, scheduler, name);
      if (!seen)
        return seen.error();
      rooms.push_back(std::move(*seen));
    }
  }
  for (int attempt = 0; attempt < state_attempts && std::any_of(rooms.begin(), rooms.end(), has_just_begun);
       ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    for (auto& it : rooms)
      if (has_just_begun(it))
        if (auto looked = look_for_shim(it, layout.room(it.scheduler, it.id)); !looked)
          return looked.error();
  }
  std::sort(rooms.begin(), rooms.end(), [](const seen_room& a, const seen_room& b) { return a.id < b.id; });
  return rooms;
}

} // namespace maestro::process
