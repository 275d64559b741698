#include "runtime/process/process_supervisor.hpp"

#include "messages/log.hpp"
#include "runtime/process/ended_room_archive.hpp"
#include "runtime/process/ended_rooms.hpp"
#include "runtime/process/host_setup.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/room_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr int close_sweeps = 3;
constexpr duration shim_margin = std::chrono::seconds{10}; // for a shim to end after its room's grace period

std::int64_t to_ms(duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

process_host_config with_absolute_paths(process_host_config config) {
  for (auto* path : {&config.data_dir, &config.secrets_dir}) {
    std::error_code error;
    auto absolute = path->empty() ? std::filesystem::path{} : std::filesystem::absolute(*path, error);
    if (!path->empty() && !error)
      *path = absolute.lexically_normal();
    while (path->size() > 1 && path->back() == '/')
      path->pop_back();
  }
  return config;
}

} // namespace

std::uint64_t lease_key(const host_port& port) {
  return static_cast<std::uint64_t>(port.port) << 1 | (port.protocol == "udp" ? 1U : 0U);
}

process_supervisor::process_supervisor(process_host_config config, node_clock clock, publisher publish)
    : config_(with_absolute_paths(std::move(config))), layout_(config_.data_dir), clock_(std::move(clock)),
      publish_(std::move(publish)), orphans_(layout_.orphans_file(), config_.orphan_grace_period),
      epochs_(place_of_epochs()), ports_(config_.port_check_delay) {}

process_supervisor::~process_supervisor() {
  if (has_started_)
    tidy_groups();
}

result<done> process_supervisor::start(std::function<void()> wake) {
  if (auto valid = validate(config_); !valid)
    return valid.error();
  descriptors_ = raise_descriptor_limit();
  auto users = room_users::from(config_);
  if (!users)
    return users.error();
  users_ = std::move(*users);
  log_info("process_host", users_.statement());
  if (auto made = make_folders(layout_, users_.are_others()); !made)
    return made;
  if (auto closed = users_.are_others() ? closed_folder_above(config_.data_dir) : std::string{}; !closed.empty())
    log_warn("process_host",
             "the data folder lies below a folder that the rooms' users cannot pass: their programs are not "
             "started, or do not find their files. Move the data folder, open that one (chmod o+x), or set "
             "process.user",
             {{"data_folder", config_.data_dir}, {"closed_folder", closed}});
  auto lock = lock_rooms(layout_);
  if (!lock)
    return lock.error();
  lock_ = std::move(*lock);
  auto mark = take_mark(config_, layout_);
  if (!mark)
    return mark.error();
  if (!mark->notice.empty())
    log_warn("process_host", mark->notice);
  config_.node_mark = mark->mark;
  is_original_ = mark->is_original;
  if (auto ready = launcher_.prepare(config_.data_dir); !ready)
    return ready.error();
  if (auto watching = watch_.start(std::move(wake)); !watching)
    return watching.error();
  cgroups_ = cgroups::probe(config_, config_.node_mark);
  log_info("process_host", cgroups_.statement());
  if (!cgroups_.holds_members() && !users_.are_own())
    become_reaper();
  sizes_.start({config_.room_folder_bytes, config_.room_folder_files});
  janitor_.start({layout_.trash(),
                  layout_.ended(),
                  config_.ended_rooms_kept,
                  config_.ended_rooms_age,
                  {config_.artifact_files, config_.artifact_bytes}});
  if (auto adopted = adopt_all(); !adopted)
    return adopted;
  has_started_ = true;
  tidy_groups();
  close_sweeps_ = close_sweeps;
  sweep();
  return done{};
}

process_supervisor::room& process_supervisor::enlist(room it) {
  auto id = it.identity.id;
  if (it.watch != 0)
    watched_[it.watch] = id;
  if (it.identity.user != 0)
    users_.take(it.identity.user);
  if (it.alive)
    for (auto& port : it.identity.ports)
      leases_[lease_key(port)] = id;
  return rooms_.insert_or_assign(id, std::move(it)).first->second;
}

seen_epochs::place process_supervisor::place_of_epochs() const {
  auto read = [this](const scheduler_name& scheduler) -> result<owner_epoch> {
    auto text = look_at_file(layout_.epoch_file(scheduler));
    if (!text)
      return text.error();
    return *text ? owner_epoch{std::strtoull((*text)->c_str(), nullptr, 10)} : first_epoch;
  };
  auto write = [this](const scheduler_name& scheduler, owner_epoch epoch) -> result<done> {
    if (auto made = make_way(layout_.rooms() + "/" + scheduler.str()); !made)
      return made;
    return write_durable_file(layout_.epoch_file(scheduler), fmt::format("{}\n", epoch.number));
  };
  return {read, write};
}

result<done> process_supervisor::admit(const scheduler_name& scheduler, owner_epoch epoch) {
  if (!is_safe_name(scheduler.str()))
    return failure{ec::invalid_argument, fmt::format("scheduler name \"{}\" cannot be a folder", scheduler.str())};
  return epochs_.admit(scheduler, epoch);
}

result<done> process_supervisor::remove(const delete_instance& wish) {
  auto found = rooms_.find(wish.id);
  if (found == rooms_.end() || found->second.identity.scheduler != wish.scheduler)
    return failure{ec::not_found, fmt::format("room {} has no instance", wish.id.str())};
  auto& it = found->second;
  if (!it.deleting)
    it.cause = wish.cause;
  it.deleting = true;
  if (!it.alive) {
    retire(wish.id);
    return done{};
  }
  auto grace = wish.termination_grace_period;
  ask_to_end(it, grace > duration::zero() ? grace : std::chrono::milliseconds{it.identity.grace_ms});
  refresh(it, instance_event_type::updated);
  return done{};
}

void process_supervisor::ask_to_end(room& it, duration grace) {
  auto text = fmt::format("{}\n{}\n", to_ms(grace), it.cause);
  if (auto written = write_file(directory(it) + "/stop", text); !written)
    log_warn("process_host", written.error().text); // the shim then takes the grace period it was started with
  watch_.signal(it.watch, SIGTERM);
  auto overdue = clock_().steady + grace + shim_margin;
  it.overdue_at = std::min(it.overdue_at.value_or(overdue), overdue);
}

/// Reads the state again and publishes what changed; an `added` is published in any case.
void process_supervisor::refresh(room& it, instance_event_type type) {
  if (auto state = look_at_state(directory(it)); state && *state)
    it.state = std::move(*state);
  auto before = it.what;
  auto view = view_instance(it.identity, it.state, it.alive);
  it.what.status = it.deleting ? instance_status::terminating : view.status;
  it.what.description = it.deleting ? it.cause : view.description;
  if (!it.deleting && !it.verdict.empty()) {
    it.what.status = instance_status::error;
    it.what.description = it.verdict;
  }
  it.what.exited = !it.alive;
  watch_ports(it);
  if (type == instance_event_type::added || it.what != before)
    publish_({type, it.what});
}

void process_supervisor::handle_notices() {
  std::set<process_watch::token> changed;
  for (auto& notice : watch_.take()) {
    auto who = watched_.find(notice.who);
    if (who == watched_.end())
      continue;
    auto& it = rooms_.at(who->second);
    if (notice.ended)
      shim_ended(it);
    else if (changed.insert(notice.who).second)
      refresh(it, instance_event_type::updated);
  }
}

void process_supervisor::shim_ended(room& it) {
  reap(it.shim);
  auto state = look_at_state(directory(it));
  if (!state) {
    log_warn("process_host", fmt::format("room {} has ended: {}", it.identity.id.str(), state.error().text));
    it.has_ended = true; // housekeeping looks again
    return;
  }
  it.has_ended = false;
  watch_.remove(it.watch);
  watched_.erase(it.watch);
  it.watch = 0;
  it.alive = false;
  for (auto& port : it.identity.ports)
    if (auto lease = leases_.find(lease_key(port)); lease != leases_.end() && lease->second == it.identity.id)
      leases_.erase(lease);
  if (*state)
    it.state = std::move(*state);
  if (!it.state || it.state->phase != shim_phase::ended) {
    orphans_.record(fmt::format("the shim of room {} ended unexpectedly", it.identity.id.str()), clock_().now);
    cgroups::kill_members(it.identity.cgroups);
    lost_.add(it.identity, it.state, cgroups_.hold_members_of_a_room(it.identity.cgroups));
    close_sweeps_ = close_sweeps;
    next_sweep_ = clock_().steady; // soon, and once for all that were lost at the same time
  }
  drop_groups(it.identity.cgroups);
  if (it.deleting)
    retire(it.identity.id);
  else
    refresh(it, instance_event_type::updated);
}

/// Ours to reap only if we started it; then it must not stay a zombie. Whoever traces it sees its end before us, and nobody
/// is waited for.
void process_supervisor::reap(pid_t shim) {
  if (::waitpid(shim, nullptr, WNOHANG) == 0 &&
      std::find(unreaped_.begin(), unreaped_.end(), shim) == unreaped_.end())
    unreaped_.push_back(shim);
}

void process_supervisor::retire(room_id id) {
  auto it = std::move(rooms_.at(id));
  rooms_.erase(id);
  ports_.end(id);
  if (!lost_.has_user(it.identity.user))
    users_.give_back(it.identity.user);
  auto how = describe_end(it.identity, it.state);
  if (config_.ended_rooms_kept > 0)
    keep_ended_room(layout_, janitor_, it.identity, {clock_().now, it.cause, how}, artifacts_of(it.identity));
  else
    janitor_.discard(directory(it));
  it.what.exited = true;
  it.what.status = instance_status::terminating;
  it.what.description = how;
  publish_({instance_event_type::deleted, it.what});
  drop_scheduler(it.identity.scheduler);
}

/// Core files too, where they are allowed and the kernel puts them where the room is.
std::vector<std::string> process_supervisor::artifacts_of(const room_identity& identity) const {
  auto patterns = identity.artifacts;
  if (config_.room_core_bytes > 0)
    patterns.insert(patterns.end(), {"core", "core.*"});
  return patterns;
}

void process_supervisor::drop_groups(const std::vector<std::string>& directories) {
  for (auto& each : directories)
    if (!cgroups::remove({each}))
      stuck_groups_.push_back(each);
}

instance_list process_supervisor::page(const list_instances& wish) const {
  instance_list found;
  for (auto next = rooms_.upper_bound(wish.after); next != rooms_.end(); ++next) {
    auto& it = next->second;
    if (!wish.scheduler.empty() && it.identity.scheduler != wish.scheduler)
      continue;
    if (wish.limit > 0 && found.items.size() == wish.limit) {
      found.is_last = false;
      break;
    }
    found.items.push_back(it.what);
  }
  return found;
}

std::vector<instance> process_supervisor::list(const scheduler_name& scheduler) const {
  return page({scheduler}).items;
}

result<done> process_supervisor::prepare(const scheduler_name& name) {
  if (!is_safe_name(name.str()))
    return failure{ec::invalid_argument, fmt::format("scheduler name \"{}\" cannot be a folder", name.str())};
  leaving_.erase(name);
  return make_way(layout_.rooms() + "/" + name.str());
}

result<done> process_supervisor::remove_all(const scheduler_name& name) {
  if (!is_safe_name(name.str()))
    return failure{ec::invalid_argument, fmt::format("scheduler name \"{}\" cannot be a folder", name.str())};
  leaving_.insert(name);
  for (auto& what : list(name))
    if (auto asked = remove({what.id, name, "scheduler removed", {}}); !asked)
      log_warn("process_host", asked.error().text);
  drop_scheduler(name);
  return done{};
}

/// Once none of its rooms is left, and only if it was removed.
void process_supervisor::drop_scheduler(const scheduler_name& name) {
  if (!leaving_.contains(name) || !list(name).empty())
    return;
  leaving_.erase(name);
  epochs_.forget(name); // its file goes with the folder
  janitor_.discard(layout_.rooms() + "/" + name.str());
  janitor_.discard(layout_.ended() + "/" + name.str());
}

result<std::string> process_supervisor::logs(const read_room_logs& wish) const {
  auto missing = [&](const std::string& what) {
    return failure{ec::not_found, fmt::format("room {} has no {}", wish.room.str(), what)};
  };
  if (!is_safe_name(wish.room.str()) || !is_safe_name(wish.scheduler.str()))
    return missing("logs");
  auto bound = wish.tail_bytes == 0 ? config_.log_tail_bytes : std::min(wish.tail_bytes, config_.log_tail_bytes);
  auto known = rooms_.find(wish.room);
  auto lives_here = known != rooms_.end() && known->second.identity.scheduler == wish.scheduler;
  auto place =
      lives_here ? layout_.room(wish.scheduler, wish.room) : layout_.ended_room(wish.scheduler, wish.room);
  auto name = wish.container;
  if (name.empty() && lives_here)
    name = known->second.identity.containers.front();
  else if (name.empty())
    name = first_container_of_ended(layout_, wish.scheduler, wish.room);
  if (!is_safe_name(name))
    return missing("logs");
  auto since = wish.newest > duration{} ? clock_().now - wish.newest : never;
  auto text = read_output(place + "/logs", name, {bound, since, wish.is_previous});
  if (!text && text.error().code == ec::not_found)
    return missing(fmt::format("logs of a container \"{}\"", name));
  if (!text)
    return failure{text.error().code,
                   fmt::format("room {}, container \"{}\": {}", wish.room.str(), name, text.error().text)};
  return text;
}

result<artifact_piece> process_supervisor::artifacts(const read_artifacts& wish) const {
  if (!is_safe_name(wish.room.str()) || !is_safe_name(wish.scheduler.str()))
    return failure{ec::not_found, fmt::format("nothing is kept of room {}", wish.room.str())};
  if (auto known = rooms_.find(wish.room);
      known != rooms_.end() && known->second.identity.scheduler == wish.scheduler)
    return failure{ec::failed_precondition,
                   fmt::format("room {} has not ended; what it leaves is gathered when it has", wish.room.str())};
  return read_ended_room(layout_, wish);
}

/// A folder on the way to a room's: another user may pass, not look.
result<done> process_supervisor::make_way(const std::string& folder) const {
  auto made = make_directories(folder);
  if (made && ::chmod(folder.c_str(), users_.are_others() ? 0711 : 0700) != 0)
    return could_not("set the mode of", folder, errno);
  return made;
}

std::string process_supervisor::directory(const room& it) const {
  return layout_.room(it.identity.scheduler, it.identity.id);
}

} // namespace maestro::process
