#include "runtime/process/orphan_sweep.hpp"

#include "messages/log.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace maestro::process {

namespace {

constexpr off_t file_bytes_max = 1 << 20; // then it becomes orphans.log.1

std::string describe(const marked_process& it) {
  return fmt::format("pid {} ({}) of room {}/{}", it.what.name.pid, it.what.command,
                     it.scheduler.empty() ? "?" : it.scheduler, it.room.empty() ? "?" : it.room);
}

bool has_ended(const unique_fd& process) {
  pollfd fd{process.get(), POLLIN, 0};
  return ::poll(&fd, 1, 0) == 1;
}

} // namespace

orphan_sweep::orphan_sweep(std::string file, duration grace) : file_(std::move(file)), grace_(grace) {}

void orphan_sweep::add(const marked_process& found, const std::string& why, const clock_reading& clock) {
  auto& name = found.what.name;
  if (orphans_.contains(name.pid))
    return;
  auto process = open_process(name);
  if (!process || !*process) // who cannot be looked at is found again by the next sweep
    return;
  record(fmt::format("ending {}: {}", describe(found), why), clock.now);
  send_signal(*process, SIGTERM);
  orphans_[name.pid] = {found, std::move(*process), clock.steady + grace_, false};
}

void orphan_sweep::follow_up(const clock_reading& clock) {
  for (auto it = orphans_.begin(); it != orphans_.end();) {
    auto& [pid, ended] = *it;
    if (has_ended(ended.process)) {
      ::waitpid(pid, nullptr, WNOHANG); // only if it happens to be our own child
      record(
          fmt::format("ended {}{}", describe(ended.what), ended.killed ? ", killed after its grace period" : ""),
          clock.now);
      it = orphans_.erase(it);
      continue;
    }
    if (clock.steady >= ended.kill_at) {
      send_signal(ended.process, SIGKILL);
      ended.killed = true;
    }
    ++it;
  }
}

void orphan_sweep::record(const std::string& line, timestamp now) {
  struct stat info {};
  if (::stat(file_.c_str(), &info) == 0 && info.st_size > file_bytes_max)
    std::rename(file_.c_str(), (file_ + ".1").c_str());
  auto written = append_line(file_, to_rfc3339(now) + " " + line);
  log_warn("process_host", line);
  if (!written)
    log_error("process_host", written.error().text);
}

} // namespace maestro::process
