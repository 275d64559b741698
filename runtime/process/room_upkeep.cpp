// What is done about rooms from time to time: what is overdue, what belongs to nobody, what takes too much, what nobody listens on.
#include "messages/log.hpp"
#include "runtime/process/process_supervisor.hpp"
#include "runtime/process/process_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include <sys/wait.h>

namespace maestro::process {

namespace {

constexpr duration shim_margin = std::chrono::seconds{10}; // for a shim that was killed to be gone

} // namespace

void process_supervisor::housekeeping() {
  auto clock = clock_();
  for (auto& id : ended_unseen())
    shim_ended(rooms_.at(id));
  for (auto& [id, it] : rooms_) {
    if (!it.alive)
      continue;
    if (!it.sees_changes)
      refresh(it, instance_event_type::updated);
    if (it.overdue_at && clock.steady >= *it.overdue_at) {
      orphans_.record(fmt::format("the shim of room {} did not end in time, killing it", id.str()), clock.now);
      watch_.signal(it.watch, SIGKILL);
      it.overdue_at = clock.steady + shim_margin;
    }
  }
  std::erase_if(unreaped_, [](pid_t shim) { return ::waitpid(shim, nullptr, WNOHANG) != 0; });
  std::erase_if(stuck_groups_, [](const std::string& directory) { return cgroups::remove({directory}); });
  look_at_sizes(clock.steady);
  look_at_ports(clock.steady);
  if (clock.steady >= next_sweep_) {
    sweep();
    janitor_.trim_all();
  } else if (orphans_.busy()) {
    orphans_.follow_up(clock);
  }
}

/// A room that keeps more than it may is ended, before it fills the disk for all.
void process_supervisor::look_at_sizes(duration now) {
  for (auto& [id, size] : sizes_.take()) {
    auto found = rooms_.find(id);
    if (found == rooms_.end() || !found->second.alive || !found->second.verdict.empty())
      continue;
    auto& it = found->second;
    it.verdict = size.files > config_.room_folder_files
                     ? fmt::format("its folder holds more than {} files (process.roomFolderFiles)",
                                   config_.room_folder_files)
                     : fmt::format("its folder holds more than {} bytes (process.roomFolderBytes)",
                                   config_.room_folder_bytes);
    log_warn("process_host", fmt::format("ending room {}: {}", id.str(), it.verdict));
    if (it.cause.empty())
      it.cause = it.verdict;
    ask_to_end(it, std::chrono::milliseconds{it.identity.grace_ms});
    refresh(it, instance_event_type::updated);
  }
  if (now < next_measuring_)
    return;
  next_measuring_ = now + config_.room_folder_interval;
  std::vector<room_sizes::place> places;
  for (auto& [id, it] : rooms_)
    if (it.alive)
      places.push_back({id, directory(it) + "/work"});
  sizes_.look_at(std::move(places));
}

std::vector<room_id> process_supervisor::ended_unseen() const {
  std::vector<room_id> ids;
  for (auto& [id, it] : rooms_)
    if (it.has_ended)
      ids.push_back(id);
  return ids;
}

/// A ready room says nothing but what was noticed of its ports; one that is not has them looked at anew when it is.
void process_supervisor::watch_ports(room& it) {
  if (it.what.status == instance_status::ready) {
    ports_.begin(it.identity.id, it.identity.ports, clock_().steady);
    it.what.description = it.notice;
    return;
  }
  ports_.end(it.identity.id);
  it.notice.clear();
}

void process_supervisor::look_at_ports(duration now) {
  for (auto& [id, notice] : ports_.take(now)) {
    auto& it = rooms_.at(id);
    it.notice = notice;
    if (!notice.empty())
      log_warn("process_host", "a room is not where it is expected", {{"room_id", id.str()}, {"error", notice}});
    refresh(it, instance_event_type::updated);
  }
}

void process_supervisor::sweep() {
  auto clock = clock_();
  std::set<pid_t> shims{unreaped_.begin(), unreaped_.end()};
  for (auto& [id, it] : rooms_)
    if (it.alive)
      shims.insert(it.shim);
  for (auto& found : find_marked(config_.node_mark))
    if (found.what.command == "maestro-shim" && !lives(found))
      orphans_.add(found, "it carries our mark but belongs to no living room", clock);
  for (auto& name : cgroups_.end_strays(living_rooms()))
    orphans_.record(fmt::format("ended what was left in the group of room {}", name), clock.now);
  if (!lost_.empty())
    for (auto& found : lost_.find(config_.node_mark, shims))
      orphans_.add(found, "its room's shim is gone", clock);
  for (auto user : lost_.take_freed())
    users_.give_back(user);
  orphans_.follow_up(clock);
  close_sweeps_ = std::max(lost_.empty() ? 0 : 1, close_sweeps_ - 1);
  next_sweep_ =
      clock.steady + (close_sweeps_ > 0 ? duration{std::chrono::seconds{1}} : config_.orphan_sweep_interval);
}

std::set<std::string> process_supervisor::living_rooms() const {
  std::set<std::string> living;
  for (auto& [id, it] : rooms_)
    if (it.alive)
      living.insert(id.str());
  return living;
}

void process_supervisor::tidy_groups() const {
  cgroups_.tidy(living_rooms());
}

bool process_supervisor::lives(const marked_process& it) const {
  auto found = rooms_.find(room_id{it.room});
  return found != rooms_.end() && found->second.alive && found->second.identity.scheduler.str() == it.scheduler;
}

} // namespace maestro::process
