// How a room is made: everything that can be wrong with it is found before anything of it exists; then its folder,
// its groups, its identity on disk, and last its shim. What fails half-way leaves nothing behind.
#include "messages/log.hpp"
#include "runtime/process/container_environment.hpp"
#include "runtime/process/host_setup.hpp"
#include "runtime/process/port_probe.hpp"
#include "runtime/process/process_supervisor.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/shim/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

std::int64_t milliseconds_of(duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

failure refuse(const create_instance& wish, const std::string& why) {
  return {ec::invalid_argument, fmt::format("room {}: {}", wish.id.str(), why)};
}

bool has_nul(const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(), [](auto& text) { return text.find('\0') != text.npos; });
}

std::optional<std::string> unusable_container(const create_instance& wish) {
  std::set<std::string> names;
  for (auto& c : wish.containers) {
    if (!is_safe_name(c.name))
      return fmt::format("container name \"{}\" cannot be a file name", c.name);
    if (!names.insert(c.name).second)
      return fmt::format("container name \"{}\" is used twice", c.name);
    if (has_nul(c.command))
      return fmt::format("container \"{}\": its command holds a NUL byte", c.name);
  }
  if (wish.players && (has_nul(wish.players->joined) || has_nul(wish.players->left)))
    return "a line that tells of its players holds a NUL byte";
  return std::nullopt;
}

result<done> make_inputs(const std::string& place, const std::vector<container_plan>& containers) {
  for (auto& c : containers)
    if (auto path = place + "/" + c.input; !c.input.empty() && ::mkfifo(path.c_str(), 0600) != 0)
      return could_not("make", path, errno);
  return done{};
}

std::string memory_text(const std::vector<container>& containers) {
  std::string text;
  for (auto& c : containers)
    text += (text.empty() ? "" : " + ") + c.limits.memory;
  return text;
}

} // namespace

result<done> process_supervisor::create(const create_instance& wish) {
  if (auto known = rooms_.find(wish.id); known != rooms_.end()) {
    auto& owner = known->second.identity.scheduler;
    if (owner == wish.scheduler)
      return done{};
    return failure{ec::already_exists,
                   fmt::format("room {}: the name belongs to a room of scheduler {}", wish.id.str(), owner.str())};
  }
  auto identity = examine(wish);
  if (!identity)
    return identity.error();
  auto limits = parse_limits(wish.containers);
  if (!limits)
    return refuse(wish, limits.error().text);
  limits->processes = config_.room_processes;
  if (auto free = check_ports(*identity); !free)
    return free.error();
  room it;
  it.identity = std::move(*identity);
  it.what = {wish.id,    wish.scheduler, wish.version, instance_status::pending,
             "starting", config_.host,   wish.ports,   false};
  if (auto placed = place(wish, it, *limits); !placed) {
    log_warn("process_host", fmt::format("room {}: {}", wish.id.str(), placed.error().text));
    return placed.error();
  }
  auto& enlisted = enlist(std::move(it));
  if (!enlisted.alive) {
    refresh(enlisted, instance_event_type::added);
    return done{};
  }
  publish_({instance_event_type::added, enlisted.what});
  refresh(enlisted, instance_event_type::updated);
  return done{};
}

result<room_identity> process_supervisor::examine(const create_instance& wish) const {
  if (!is_safe_name(wish.id.str()) || !is_safe_name(wish.scheduler.str()))
    return refuse(wish,
                  fmt::format("its name or \"{}\", its scheduler's, cannot be a file name", wish.scheduler.str()));
  if (rooms_.size() >= config_.max_instances)
    return failure{ec::resource_exhausted, fmt::format("room {}: the host runs {} instances, max_instances is {}",
                                                       wish.id.str(), rooms_.size(), config_.max_instances)};
  if (wish.containers.empty() || wish.containers.size() > max_containers)
    return refuse(wish,
                  fmt::format("{} containers, there must be 1 to {}", wish.containers.size(), max_containers));
  if (auto why = unusable_container(wish))
    return refuse(wish, *why);
  room_identity identity{wish.id, wish.scheduler, wish.version, wish.ports, {}, {}, {}, {}, 0, 0, {},
                         {},      wish.artifacts};
  auto grace = wish.termination_grace_period;
  identity.grace_ms = milliseconds_of(grace > duration::zero() ? grace : config_.default_grace_period);
  identity.memory_limit = memory_text(wish.containers);
  for (auto& c : wish.containers) {
    identity.containers.push_back(c.name);
    identity.programs.push_back(c.command.empty() ? "" : c.command[0]);
    if (c.command.empty() && identity.failure.empty())
      identity.failure =
          fmt::format("container \"{}\" has no command: the process runtime runs commands, not images", c.name);
  }
  return identity;
}

result<done> process_supervisor::check_ports(const room_identity& identity) const {
  std::set<std::uint64_t> own;
  for (auto& port : identity.ports) {
    if (auto lease = leases_.find(lease_key(port)); lease != leases_.end())
      return failure{ec::port_in_use,
                     fmt::format("{} is leased to room {}", port_text(port), lease->second.str())};
    if (auto free = probe_port(port); !free)
      return free;
    if (!own.insert(lease_key(port)).second)
      return failure{ec::invalid_argument, fmt::format("{} is asked for twice", port_text(port))};
  }
  return done{};
}

result<done> process_supervisor::place(const create_instance& wish, room& it, const room_limits& limits) {
  std::vector<container_plan> containers;
  for (auto& c : wish.containers) {
    auto start = start_of_container(config_, wish, c, directory(it) + "/work");
    if (!start)
      return refuse(wish, start.error().text);
    containers.push_back({c.name, std::move(start->command), std::move(start->environment),
                          c.takes_input ? input_name(c.name) : ""});
    if (wish.players && wish.players->container == c.name) {
      containers.back().joined = wish.players->joined;
      containers.back().left = wish.players->left;
    }
  }
  auto place = directory(it);
  janitor_.discard(place); // nothing we know of: what a crash left between two steps
  auto made_ready = make_room_folders(it);
  if (made_ready)
    made_ready = make_inputs(place, containers);
  if (!made_ready) {
    users_.give_back(it.identity.user);
    return made_ready;
  }
  room_group group;
  if (it.identity.failure.empty()) {
    auto made = cgroups_.make(it.identity.id.str(), limits);
    if (!made) {
      users_.give_back(it.identity.user);
      return made.error();
    }
    group = std::move(*made);
    it.identity.cgroups = group.directories;
  }
  it.identity.boot = boot_id();
  auto lit = write_file(place + "/instance", format_identity(it.identity));
  if (lit && it.identity.failure.empty())
    lit = ignite(wish, it, group, containers);
  if (!lit) {
    users_.give_back(it.identity.user);
    drop_groups(it.identity.cgroups);
    janitor_.discard(place);
  }
  return lit;
}

result<done> process_supervisor::make_room_folders(room& it) {
  auto place = directory(it);
  if (it.identity.failure.empty()) {
    auto user = users_.lease();
    if (!user)
      return user.error();
    it.user = std::move(*user);
    it.identity.user = users_.are_own() && it.user ? it.user->uid : 0;
  }
  for (auto& way : {layout_.rooms() + "/" + it.identity.scheduler.str(), place})
    if (auto made = make_way(way); !made)
      return made;
  for (auto* part : {"/work", "/logs"}) {
    if (auto made = make_directories(place + part); !made)
      return made;
    if (::chmod((place + part).c_str(), 0700) != 0)
      return could_not("set the mode of", place + part, errno);
  }
  auto temporary = temporary_folder(place + "/work");
  if (auto made = make_directories(temporary); !made)
    return made;
  for (auto& folder : {temporary, place + "/work"})
    if (it.user && ::chown(folder.c_str(), it.user->uid, it.user->gid) != 0)
      return could_not("give to its user", folder, errno);
  return done{};
}

room_bounds process_supervisor::bounds_of_rooms() const {
  auto own = read_file("/proc/self/oom_score_adj", 16);
  auto node_score = own ? std::atoi(own->c_str()) : 0;
  return {users_.are_own() ? config_.room_processes : 0, config_.room_file_bytes, config_.room_core_bytes,
          std::min(1000, std::max(config_.room_oom_score, node_score + 1))};
}

result<done> process_supervisor::ignite(const create_instance& wish, room& it, const room_group& group,
                                        const std::vector<container_plan>& containers) {
  auto place = directory(it);
  auto lock = try_lock(place + "/lock");
  if (!lock)
    return lock.error();
  if (!*lock)
    return failure{ec::unavailable, fmt::format("{}/lock is held by another process", place)};
  room_plan plan{it.identity.grace_ms,
                 config_.log_file_bytes,
                 config_.log_files,
                 milliseconds_of(config_.restart_backoff_min),
                 milliseconds_of(config_.restart_backoff_max),
                 milliseconds_of(config_.restart_backoff_reset),
                 wish.restart_policy,
                 descriptors_,
                 it.user,
                 group.procs,
                 group.oom_file,
                 group.members,
                 group.own,
                 bounds_of_rooms(),
                 containers};
  auto title = wish.scheduler.str() + "/" + wish.id.str();
  auto shim =
      launcher_.launch(place, title, encode_plan(plan), *lock,
                       {"MAESTRO_NODE_MARK=" + config_.node_mark, "MAESTRO_SCHEDULER_NAME=" + wish.scheduler.str(),
                        "MAESTRO_ROOM_ID=" + wish.id.str()});
  if (!shim)
    return shim.error();
  it.shim = *shim;
  auto added = watch_.add(place, open_child(*shim));
  if (!added) { // no descriptor left, say: a room that nobody watches must not run
    ::signal_child(*shim, SIGKILL);
    reap(*shim);
    return added.error();
  }
  it.watch = added->who;
  it.sees_changes = added->sees_changes;
  it.alive = true;
  return done{};
}

} // namespace maestro::process
