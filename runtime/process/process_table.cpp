#include "runtime/process/process_table.hpp"

#include "runtime/process/shim/signals.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::size_t environment_limit = 4 << 20;

std::optional<std::string> variable(std::string_view environment, std::string_view name) {
  for (std::size_t at = 0; at < environment.size();) {
    auto end = std::min(environment.find('\0', at), environment.size());
    auto entry = environment.substr(at, end - at);
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string{entry.substr(name.size() + 1)};
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<pid_t> as_pid(std::string_view text) {
  pid_t pid = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || at != text.data() + text.size())
    return std::nullopt;
  return pid;
}

} // namespace

namespace {

/// None when there is no such process, or only its zombie.
result<std::optional<process_name>> find_process(pid_t pid) {
  seen_process seen{};
  auto found = ::look_at_process(pid, &seen);
  if (found == LOOK_FAILED)
    return could_not("look at", fmt::format("process {}", pid), errno);
  if (found == LOOK_ABSENT || seen.state == 'Z' || seen.state == 'X')
    return std::optional<process_name>{};
  return std::optional{process_name{pid, seen.start_time}};
}

constexpr const char* unreadable = "?";

std::string command_of(pid_t pid) {
  auto command = read_file(fmt::format("/proc/{}/comm", pid), 64).value_or(unreadable);
  if (!command.empty() && command.back() == '\n')
    command.pop_back();
  return command;
}

/// Every process but ourselves.
result<std::vector<pid_t>> all_processes() {
  std::vector<pid_t> all;
  std::unique_ptr<DIR, int (*)(DIR*)> proc{::opendir("/proc"), ::closedir};
  if (!proc)
    return could_not("look at", "/proc", errno);
  while (auto* entry = ::readdir(proc.get()))
    if (auto pid = as_pid(entry->d_name); pid && *pid != ::getpid())
      all.push_back(*pid);
  return all;
}

} // namespace

result<bool> works_in(pid_t pid, const std::string& folder) {
  struct stat here {
  }, there{};
  if (::stat(folder.c_str(), &here) != 0)
    return could_not("look at", folder, errno);
  auto link = fmt::format("/proc/{}/cwd", pid);
  if (::stat(link.c_str(), &there) != 0) {
    if (errno == ENOENT || errno == ESRCH)
      return false;
    return could_not("look at", link, errno);
  }
  return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

result<std::set<uid_t>> users_of_processes() {
  std::set<uid_t> users;
  auto all = all_processes();
  if (!all)
    return all.error();
  for (auto pid : *all) {
    struct stat info {};
    if (::stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0)
      users.insert(info.st_uid);
  }
  return users;
}

result<std::vector<process_name>> find_named(const std::string& command) {
  std::vector<process_name> found;
  auto all = all_processes();
  if (!all)
    return all.error();
  for (auto pid : *all) {
    if (command_of(pid) != command)
      continue;
    auto name = find_process(pid);
    if (!name)
      return name.error();
    if (*name)
      found.push_back(**name);
  }
  return found;
}

unique_fd open_child(pid_t pid) { // by number: glibc 2.36 forgot extern "C" in <sys/pidfd.h>
  return unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

result<unique_fd> open_process(const process_name& name) {
  auto fd = open_child(name.pid);
  if (!fd && errno != ESRCH)
    return could_not("look at", fmt::format("process {}", name.pid), errno);
  if (!fd)
    return unique_fd{};
  auto found = find_process(name.pid);
  if (!found)
    return found.error();
  return *found == name ? std::move(fd) : unique_fd{};
}

bool send_signal(const unique_fd& process, int number) {
  return ::signal_handle(process.get(), number) == 0;
}

std::vector<running_process> running_processes() {
  std::vector<running_process> running;
  auto all = all_processes();
  for (auto pid : all ? *all : std::vector<pid_t>{}) {
    seen_process seen{};
    struct stat info {};
    if (::stat(fmt::format("/proc/{}", pid).c_str(), &info) != 0 || ::look_at_process(pid, &seen) != LOOK_FOUND)
      continue;
    running.push_back({{pid, seen.start_time},
                       seen.parent,
                       seen.session,
                       info.st_uid,
                       seen.state == 'Z' || seen.state == 'X',
                       command_of(pid)});
  }
  return running;
}

bool may_descend_from_shim(const running_process& it) {
  constexpr int steps_max = 1000; // whoever forks on and on so that it cannot be followed has none
  auto at = it.name.pid;
  for (int steps = 0; steps < steps_max; ++steps) {
    seen_process seen{};
    auto found = ::look_at_process(at, &seen);
    if (found == LOOK_FAILED || (found == LOOK_ABSENT && at == it.name.pid))
      return true;
    if (found == LOOK_ABSENT) {
      at = it.name.pid; // what its ancestor left has another parent by now
      continue;
    }
    if (seen.parent <= 1 || seen.parent == ::getpid())
      return false;
    at = seen.parent;
    struct stat parent {};
    if (::stat(fmt::format("/proc/{}", at).c_str(), &parent) != 0 || parent.st_uid == it.user)
      continue;
    if (auto command = command_of(at); command == "maestro-shim" || command == unreadable)
      return true;
  }
  return false;
}

std::vector<marked_process> find_marked(const std::string& mark) {
  std::vector<marked_process> found;
  auto needle = "MAESTRO_NODE_MARK=" + mark;
  for (auto& each : running_processes()) {
    auto environment = each.is_zombie
                           ? std::nullopt
                           : read_file(fmt::format("/proc/{}/environ", each.name.pid), environment_limit);
    if (environment && environment->find(needle) != std::string::npos &&
        variable(*environment, "MAESTRO_NODE_MARK") == mark)
      found.push_back({std::move(each), variable(*environment, "MAESTRO_SCHEDULER_NAME").value_or(""),
                       variable(*environment, "MAESTRO_ROOM_ID").value_or("")});
  }
  return found;
}

} // namespace maestro::process
