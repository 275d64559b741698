// How a starting node takes over what a former one left: rooms whose shims live are adopted, rooms that ended
// meanwhile are found as corpses with their exit codes, removals that were under way go on, the rest is cleared
// away.
//
//   lock held   state readable                     adopted; with `stop`: its end goes on
//   lock held   state missing for two seconds      ended by the orphan sweep, kept as a corpse that says so
//   lock free   with `stop`                        deleted
//   lock free   state or a recorded failure        corpse
//   lock free   neither                            never started: cleared away, the creator will ask again
#include "messages/log.hpp"
#include "runtime/process/host_setup.hpp"
#include "runtime/process/process_supervisor.hpp"
#include "runtime/process/process_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace maestro::process {

namespace {

namespace fs = std::filesystem;

constexpr int state_attempts = 200; // of 10 ms, for all rooms together

std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{path, error}, end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored))
      names.push_back(at->path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace

std::vector<process_supervisor::found_room> process_supervisor::find_rooms() const {
  std::vector<found_room> rooms;
  for (auto& scheduler : folders_in(layout_.rooms()))
    for (auto& name : folders_in(layout_.rooms() + "/" + scheduler)) {
      found_room found{scheduler_name{scheduler}, room_id{name}, std::nullopt, false};
      auto place = layout_.room(found.scheduler, found.id);
      if (auto text = read_file(place + "/instance"))
        found.identity = parse_identity(*text);
      if (found.identity && (found.identity->id != found.id || found.identity->scheduler != found.scheduler))
        found.identity.reset();
      found.locked = fs::exists(place + "/lock") && !try_lock(place + "/lock");
      rooms.push_back(std::move(found));
    }
  std::sort(rooms.begin(), rooms.end(), [](const found_room& a, const found_room& b) { return a.id < b.id; });
  return rooms;
}

void process_supervisor::adopt_all() {
  auto found = find_rooms();
  // A shim that was started a moment before its node died has its lock, but may not have written a state yet.
  for (int attempt = 0; attempt < state_attempts; ++attempt) {
    auto waiting = std::any_of(found.begin(), found.end(), [this](const found_room& it) {
      return it.locked && it.identity && !read_state(layout_.room(it.scheduler, it.id));
    });
    if (!waiting)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  for (auto& each : found)
    adopt(each);
  if (!rooms_.empty())
    log_info("process_host",
             fmt::format("{} rooms taken over, {} of them living", rooms_.size(), watched_.size()));
}

void process_supervisor::adopt(const found_room& found) {
  if (!found.identity) {
    discard_room(found, "its instance file cannot be read");
    return;
  }
  room it;
  it.identity = *found.identity;
  it.what = {found.id, found.scheduler, it.identity.version, instance_status::pending,
             {},       config_.host,    it.identity.ports,   false};
  auto place = directory(it);
  it.state = read_state(place);
  if (auto stop = read_stop(place)) {
    it.deleting = true;
    it.cause = stop->cause;
  }
  if (found.locked && it.state && it.state->phase != shim_phase::ended)
    adopt_living(std::move(it));
  else
    adopt_dead(std::move(it));
}

void process_supervisor::adopt_living(room it) {
  auto place = directory(it);
  auto shim = open_process({it.state->pid, it.state->start_time});
  if (!shim) { // it ended between our two looks
    it.state = read_state(place);
    adopt_dead(std::move(it));
    return;
  }
  it.shim = it.state->pid;
  auto added = watch_.add(place, std::move(shim));
  if (!added) {
    log_error("process_host", added.error().text);
    adopt_dead(std::move(it));
    return;
  }
  it.watch = added->who;
  it.sees_changes = added->sees_changes;
  it.alive = true;
  auto& enlisted = enlist(std::move(it));
  if (enlisted.deleting)
    ask_to_end(enlisted, std::chrono::milliseconds{read_stop(place).value_or(stop_request{}).grace_ms});
  refresh(enlisted, instance_event_type::added);
}

void process_supervisor::adopt_dead(room it) {
  auto id = it.identity.id;
  auto never_started = !it.state && it.identity.failure.empty();
  if (never_started && !find_process(it.shim) && try_lock(directory(it) + "/lock")) {
    drop_groups(it.identity.cgroups);
    discard_room({it.identity.scheduler, id, it.identity, false}, "it was never started");
    return;
  }
  if (it.state && it.state->phase != shim_phase::ended)
    orphans_.record(fmt::format("the shim of room {} was not there any more", id.str()), now_());
  else if (never_started)
    orphans_.record(fmt::format("the shim of room {} lives but wrote no state", id.str()), now_());
  if (!it.state || it.state->phase != shim_phase::ended)
    cgroups::kill_members(it.identity.cgroups);
  drop_groups(it.identity.cgroups);
  auto& enlisted = enlist(std::move(it));
  if (enlisted.deleting)
    retire(id);
  else
    refresh(enlisted, instance_event_type::added);
}

void process_supervisor::discard_room(const found_room& found, const std::string& why) {
  orphans_.record(fmt::format("clearing away room {}/{}: {}", found.scheduler.str(), found.id.str(), why), now_());
  janitor_.discard(layout_.room(found.scheduler, found.id));
}

} // namespace maestro::process
