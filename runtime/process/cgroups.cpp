#include "runtime/process/cgroups.hpp"

#include "messages/log.hpp"
#include "messages/quantities.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/shim/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::int64_t cpu_period_us = 100'000;

/// Where one controller is mounted and which group of it we are in.
struct controller {
  std::string mount;
  std::string own;
  std::string why_not;
};

bool lists(const std::string& words, const std::string& word, char separator) {
  std::istringstream in{words};
  for (std::string each; std::getline(in, each, separator);)
    if (each == word)
      return true;
  return false;
}

/// mountinfo: id parent major:minor root mount-point options … - type source super-options
std::string mount_of(const std::string& controller_name, bool unified, std::string& root) {
  std::istringstream in{read_file("/proc/self/mountinfo").value_or("")};
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields{line};
    std::string skip, place, type, source, options, word;
    fields >> skip >> skip >> skip >> root >> place;
    while (fields >> word && word != "-")
      continue;
    fields >> type >> source >> options;
    if (unified ? type == "cgroup2" : type == "cgroup" && lists(options, controller_name, ','))
      return place;
  }
  return {};
}

/// /proc/self/cgroup: id:controllers:path
std::string own_group(const std::string& controller_name) {
  std::istringstream in{read_file("/proc/self/cgroup").value_or("")};
  for (std::string line; std::getline(in, line);) {
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (second == std::string::npos)
      continue;
    auto names = line.substr(first + 1, second - first - 1);
    if (controller_name.empty() ? names.empty() : lists(names, controller_name, ','))
      return line.substr(second + 1);
  }
  return "/";
}

std::string base_directory(const process_host_config& config, const std::string& name, bool unified) {
  std::string root;
  auto mount = mount_of(name, unified, root);
  if (mount.empty())
    return {};
  auto group = config.cgroup_parent.empty() ? own_group(unified ? "" : name) : "/" + config.cgroup_parent;
  if (root != "/" && group.starts_with(root))
    group.erase(0, root.size());
  constexpr std::string_view leaf = "/maestro-node";
  if (group.ends_with(leaf))
    group.erase(group.size() - leaf.size());
  while (group.ends_with('/'))
    group.pop_back();
  return mount + group;
}

bool make_group(const std::string& path) {
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
}

/// Version 2 wants no processes in a group that hands controllers down: we step aside into a leaf.
bool hand_down(const std::string& base, const std::string& name) {
  auto want = "+" + name;
  auto file = base + "/cgroup.subtree_control";
  if (write_in_place(file, want))
    return true;
  if (!make_group(base + "/maestro-node") || !write_in_place(base + "/maestro-node/cgroup.procs", "0"))
    return false;
  return bool{write_in_place(file, want)};
}

struct setting {
  std::string file;
  std::string value;
  bool required = true;
};

std::vector<setting> memory_settings(bool unified, const room_limits& limits) {
  auto value = std::to_string(limits.memory_bytes);
  if (limits.memory_bytes == 0)
    return {};
  if (unified)
    return {{"memory.max", value}, {"memory.swap.max", "0", false}};
  return {{"memory.limit_in_bytes", value}, {"memory.memsw.limit_in_bytes", value, false}};
}

std::vector<setting> cpu_settings(bool unified, const room_limits& limits) {
  std::vector<setting> all;
  auto quota = std::max<std::int64_t>(1000, limits.cpu_milli * cpu_period_us / 1000);
  auto shares = std::clamp<std::int64_t>(limits.cpu_request_milli * 1024 / 1000, 2, 262144);
  if (limits.cpu_milli > 0 && unified)
    all.push_back({"cpu.max", fmt::format("{} {}", quota, cpu_period_us)});
  if (limits.cpu_milli > 0 && !unified) {
    all.push_back({"cpu.cfs_period_us", std::to_string(cpu_period_us)});
    all.push_back({"cpu.cfs_quota_us", std::to_string(quota)});
  }
  if (limits.cpu_request_milli > 0)
    all.push_back(unified ? setting{"cpu.weight", std::to_string(1 + (shares - 2) * 9999 / 262142), false}
                          : setting{"cpu.shares", std::to_string(shares), false});
  return all;
}

std::vector<setting> process_settings(bool, const room_limits& limits) {
  if (limits.processes == 0)
    return {};
  return {{"pids.max", std::to_string(limits.processes)}};
}

result<done> write_settings(const std::string& directory, const std::vector<setting>& settings) {
  for (auto& each : settings)
    if (auto put = write_in_place(directory + "/" + each.file, each.value); !put && each.required)
      return put.error();
  return done{};
}

/// Empty when a group can be made there, takes a limit and has that file, else why not.
std::string trial(const std::string& parent, const std::vector<setting>& settings, const char* file = "") {
  if (!make_group(parent))
    return fmt::format("cannot make {}: {}", parent, error_text(errno));
  auto group = fmt::format("{}/trial-{}", parent, ::getpid());
  if (!make_group(group))
    return fmt::format("cannot make {}: {}", group, error_text(errno));
  auto set = write_settings(group, settings);
  auto has_file = ::access((group + "/" + file).c_str(), F_OK) == 0;
  ::rmdir(group.c_str());
  if (!has_file)
    return fmt::format("groups in {} have no {}", parent, file);
  return set ? "" : set.error().text;
}

constexpr const char* game_leaf = "/game";
constexpr const char* shim_leaf = "/shim";

void remove_with_leaves(const std::string& directory) {
  for (auto* leaf : {game_leaf, shim_leaf, ""})
    ::rmdir((directory + leaf).c_str());
}

std::string sum_text(const container& c, const char* field, const std::string& value) {
  return fmt::format("container \"{}\": {}: \"{}\" is not a quantity (such as 100m, 0.5, 128Mi)", c.name, field,
                     value);
}

} // namespace

result<room_limits> parse_limits(const std::vector<container>& containers) {
  room_limits sum;
  bool memory_bounded = true;
  bool cpu_bounded = true;
  for (auto& c : containers) {
    auto number = [](const std::string& text, auto parse) {
      return text.empty() ? std::optional<std::int64_t>{0} : parse(text);
    };
    auto memory_request = number(c.requests.memory, parse_quantity);
    auto cpu_request = number(c.requests.cpu, parse_quantity_milli);
    auto memory = number(c.limits.memory, parse_quantity);
    auto cpu = number(c.limits.cpu, parse_quantity_milli);
    if (!memory_request)
      return failure{ec::invalid_argument, sum_text(c, "requests.memory", c.requests.memory)};
    if (!cpu_request)
      return failure{ec::invalid_argument, sum_text(c, "requests.cpu", c.requests.cpu)};
    if (!memory)
      return failure{ec::invalid_argument, sum_text(c, "limits.memory", c.limits.memory)};
    if (!cpu)
      return failure{ec::invalid_argument, sum_text(c, "limits.cpu", c.limits.cpu)};
    constexpr std::int64_t bound = std::int64_t{1} << 50; // a petabyte, a trillion cores: beyond is no limit
    memory_bounded = memory_bounded && *memory > 0 && *memory < bound;
    cpu_bounded = cpu_bounded && *cpu > 0 && *cpu < bound / cpu_period_us;
    sum.memory_bytes += std::min(*memory, bound);
    sum.cpu_milli += std::min(*cpu, bound / cpu_period_us);
    sum.cpu_request_milli += std::min(*cpu_request, bound / cpu_period_us);
  }
  sum.memory_bytes = memory_bounded ? sum.memory_bytes : 0;
  sum.cpu_milli = cpu_bounded ? sum.cpu_milli : 0;
  return sum;
}

cgroups cgroups::probe(const process_host_config& config, const std::string& mark) {
  cgroups found;
  if (!config.cgroups) {
    found.statement_ = "memory and CPU limits of rooms are not enforced: cgroups are switched off";
    return found;
  }
  auto name = "/maestro-" + mark;
  auto base = base_directory(config, "", true);
  auto offered = read_file(base + "/cgroup.controllers").value_or("");
  if (auto end = offered.find('\n'); end != std::string::npos)
    offered.erase(end);
  found.unified_ = !base.empty() && (lists(offered, "memory", ' ') || lists(offered, "cpu", ' '));
  std::string why;
  auto attempt = [&](const std::string& controller_name, const std::vector<setting>& settings) -> std::string {
    auto parent = found.unified_ ? base : base_directory(config, controller_name, false);
    std::string trouble;
    if (parent.empty())
      trouble = fmt::format("no {} controller is mounted", controller_name);
    else if (found.unified_ && (!hand_down(parent, controller_name) || !make_group(parent + name) ||
                                !write_in_place(parent + name + "/cgroup.subtree_control", "+" + controller_name)))
      trouble = fmt::format("{} does not hand down the {} controller", parent, controller_name);
    else
      trouble = trial(parent + name, settings);
    if (trouble.empty())
      return parent + name;
    why += (why.empty() ? "" : "; ") + trouble;
    return {};
  };
  room_limits sample{64 << 20, 500, 100, 64};
  found.memory_ = attempt("memory", memory_settings(found.unified_, sample));
  found.cpu_ = attempt("cpu", cpu_settings(found.unified_, sample));
  found.processes_ = attempt("pids", process_settings(found.unified_, sample));
  // Where rooms are ended: all members at once, or frozen first.
  auto freezer = found.unified_ ? "" : base_directory(config, "freezer", false);
  if (!base.empty() && trial(base + name, {}, "cgroup.kill").empty())
    found.members_ = base + name;
  else if (!freezer.empty() && trial(freezer + name, {}, "freezer.state").empty())
    found.members_ = freezer + name;
  auto word = [](bool yes) { return yes ? "enforced" : "NOT enforced"; };
  found.statement_ = fmt::format("memory limits of rooms are {}, CPU limits are {}, bounds of processes are {} "
                                 "(cgroup v{}); a room's processes "
                                 "are found by {}{}{}",
                                 word(found.limits_memory()), word(found.limits_cpu()),
                                 word(found.limits_processes()), found.unified_ ? 2 : 1,
                                 found.holds_members() ? "their control group" : "session and environment",
                                 why.empty() ? "" : ": ", why);
  return found;
}

namespace {

/// What `make` puts together.
struct group_maker {
  room_group group;
  bool unified = false;

  result<done> make(const std::string& directory) {
    auto slash = directory.rfind('/');
    if (!make_group(directory.substr(0, slash)) || !make_group(directory))
      return failure{ec::unavailable, fmt::format("cannot make group {}: {}", directory, error_text(errno))};
    auto& all = group.directories;
    if (std::find(all.begin(), all.end(), directory) == all.end())
      all.insert(all.begin(), directory); // what lies deeper goes first
    return done{};
  }

  /// The limit is the room's; below it game and shim are two that share it, so that neither starves the other.
  result<done> split(const std::string& directory) {
    for (auto* leaf : {game_leaf, shim_leaf})
      if (auto made = make(directory + leaf); !made)
        return made;
    group.procs.push_back(directory + game_leaf + "/cgroup.procs");
    group.own = directory + shim_leaf + "/cgroup.procs";
    return done{};
  }

  result<done> add(const std::string& directory, const std::vector<setting>& settings, bool is_shared) {
    auto is_new =
        std::find(group.directories.begin(), group.directories.end(), directory) == group.directories.end();
    auto made = make(directory);
    if (made && is_new && (is_shared || unified))
      made = split(directory);
    else if (made && is_new)
      group.procs.push_back(directory + "/cgroup.procs");
    return made ? write_settings(directory, settings) : made;
  }
};

} // namespace

result<room_group> cgroups::make(const std::string& room, const room_limits& limits) const {
  group_maker maker{{}, unified_};
  auto& group = maker.group;
  result<done> made = done{};
  if (limits_memory() && limits.memory_bytes > 0) {
    made = maker.add(memory_ + "/" + room, memory_settings(unified_, limits), false);
    group.oom_file = memory_ + "/" + room + (unified_ ? "/memory.events" : "/memory.oom_control");
  }
  if (made && limits_cpu() && (limits.cpu_milli > 0 || limits.cpu_request_milli > 0))
    made = maker.add(cpu_ + "/" + room, cpu_settings(unified_, limits), true);
  if (made && limits_processes() && limits.processes > 0)
    made = maker.add(processes_ + "/" + room, process_settings(unified_, limits), false);
  if (made && holds_members()) {
    made = maker.add(members_ + "/" + room, {}, false);
    group.members = members_ + "/" + room + (unified_ ? game_leaf : "");
  }
  if (made)
    return group;
  remove(group.directories);
  return made.error();
}

void cgroups::tidy(const std::set<std::string>& living_rooms) const {
  for (auto& parent : {memory_, cpu_, processes_, members_}) {
    for (auto& name : group_names(parent))
      if (!living_rooms.contains(name))
        remove_with_leaves(parent + "/" + name);
    if (!parent.empty() && living_rooms.empty())
      ::rmdir(parent.c_str());
  }
}

std::vector<std::string> cgroups::end_strays(const std::set<std::string>& living_rooms) const {
  std::vector<std::string> ended;
  if (!holds_members())
    return ended;
  for (auto& name : group_names(members_)) {
    if (living_rooms.contains(name))
      continue;
    auto group = members_ + "/" + name + (unified_ ? game_leaf : "");
    if (!read_file(group + "/cgroup.procs").value_or("").empty()) {
      kill_members({group});
      ended.push_back(name);
    }
    remove_with_leaves(members_ + "/" + name);
  }
  return ended;
}

std::vector<std::string> cgroups::group_names(const std::string& parent) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at{parent, error}, end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored))
      names.push_back(at->path().filename());
  }
  return names;
}

std::vector<std::string> cgroups::ways_in(const std::vector<std::string>& directories) {
  std::vector<std::string> files;
  for (auto& one : directories) {
    auto is_split = std::find(directories.begin(), directories.end(), one + game_leaf) != directories.end();
    if (!is_split && !one.ends_with(shim_leaf))
      files.push_back(one + "/cgroup.procs");
  }
  return files;
}

bool cgroups::hold_members_of_a_room(const std::vector<std::string>& directories) const {
  return holds_members() && std::any_of(directories.begin(), directories.end(),
                                        [&](auto& each) { return each.starts_with(members_ + "/"); });
}

void cgroups::kill_members(const std::vector<std::string>& directories) {
  for (auto& directory : directories)
    if (::kill_group(directory.c_str()) != 0)
      log_warn("process_host", fmt::format("cannot end all members of {}: {}", directory, error_text(errno)));
}

bool cgroups::remove(const std::vector<std::string>& directories) {
  bool gone = true;
  for (auto& directory : directories)
    gone = (::rmdir(directory.c_str()) == 0 || errno == ENOENT) && gone;
  return gone;
}

} // namespace maestro::process
