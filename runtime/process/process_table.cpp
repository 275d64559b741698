#include "runtime/process/process_table.hpp"

#include "runtime/process/shim/signals.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string_view>

#include <dirent.h>
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

std::optional<process_name> find_process(pid_t pid) {
  auto text = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!text)
    return std::nullopt;
  auto at = text->rfind(')');
  if (at == std::string::npos || at + 2 >= text->size() || (*text)[at + 2] == 'Z' || (*text)[at + 2] == 'X')
    return std::nullopt;
  for (int field = 2; field < 22 && at != std::string::npos; ++field)
    at = text->find(' ', at + 1);
  if (at == std::string::npos)
    return std::nullopt;
  process_name name{pid, 0};
  std::from_chars(text->data() + at + 1, text->data() + text->size(), name.start_time);
  return name;
}

unique_fd open_child(pid_t pid) { // by number: glibc 2.36 forgot extern "C" in <sys/pidfd.h>
  return unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

unique_fd open_process(const process_name& name) {
  auto fd = open_child(name.pid);
  if (fd && find_process(name.pid) != name)
    return {};
  return fd;
}

bool send_signal(const unique_fd& process, int number) {
  return ::signal_handle(process.get(), number) == 0;
}

std::vector<marked_process> find_marked(const std::string& mark) {
  std::vector<marked_process> found;
  std::unique_ptr<DIR, int (*)(DIR*)> proc{::opendir("/proc"), ::closedir};
  if (!proc)
    return found;
  auto needle = "MAESTRO_NODE_MARK=" + mark;
  while (auto* entry = ::readdir(proc.get())) {
    auto pid = as_pid(entry->d_name);
    if (!pid || *pid == ::getpid())
      continue;
    auto environment = read_file(fmt::format("/proc/{}/environ", *pid), environment_limit);
    if (!environment || environment->find(needle) == std::string::npos ||
        variable(*environment, "MAESTRO_NODE_MARK") != mark)
      continue;
    auto name = find_process(*pid);
    if (!name)
      continue;
    auto command = read_file(fmt::format("/proc/{}/comm", *pid), 64).value_or("?");
    if (!command.empty() && command.back() == '\n')
      command.pop_back();
    found.push_back({*name, variable(*environment, "MAESTRO_SCHEDULER_NAME").value_or(""),
                     variable(*environment, "MAESTRO_ROOM_ID").value_or(""), std::move(command)});
  }
  return found;
}

} // namespace maestro::process
