#include "runtime/process/process_watch.hpp"

#include "runtime/process/process_table.hpp"
#include "runtime/process/quiet_thread.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace maestro::process {

namespace {

enum : std::uint64_t { quit_key = 0, inotify_key = 1 };

bool listen(const unique_fd& epoll, const unique_fd& fd, std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

} // namespace

process_watch::~process_watch() {
  if (!thread_.joinable())
    return;
  std::uint64_t one = 1;
  [[maybe_unused]] auto put = ::write(quit_.get(), &one, sizeof one);
  thread_.join();
}

result<done> process_watch::start(std::function<void()> wake) {
  wake_ = std::move(wake);
  epoll_ = unique_fd{::epoll_create1(EPOLL_CLOEXEC)};
  inotify_ = unique_fd{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  quit_ = unique_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!epoll_ || !quit_ || !listen(epoll_, quit_, quit_key) ||
      (inotify_ && !listen(epoll_, inotify_, inotify_key)))
    return failure{ec::unavailable, fmt::format("cannot watch processes: {}", error_text(errno))};
  thread_ = start_quiet_thread("maestro.watch", [this] { run(); });
  return done{};
}

result<process_watch::watched> process_watch::add(const std::string& directory, unique_fd process) {
  std::lock_guard lock{guard_};
  auto who = ++last_;
  entry it;
  it.directory = inotify_ ? ::inotify_add_watch(inotify_.get(), directory.c_str(), IN_MOVED_TO | IN_ONLYDIR) : -1;
  it.process = std::move(process);
  if (!listen(epoll_, it.process, who)) {
    auto error = errno;
    if (it.directory >= 0)
      ::inotify_rm_watch(inotify_.get(), it.directory);
    return failure{ec::unavailable, fmt::format("cannot watch the shim of {}: {}", directory, error_text(error))};
  }
  if (it.directory >= 0)
    directories_[it.directory] = who;
  watched answer{who, it.directory >= 0};
  entries_.emplace(who, std::move(it));
  return answer;
}

void process_watch::remove(token who) {
  std::lock_guard lock{guard_};
  auto found = entries_.find(who);
  if (found == entries_.end())
    return;
  if (auto wd = found->second.directory; wd >= 0 && directories_[wd] == who) {
    ::inotify_rm_watch(inotify_.get(), wd);
    directories_.erase(wd);
  }
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.process.get(), nullptr);
  entries_.erase(found);
}

bool process_watch::signal(token who, int number) {
  std::lock_guard lock{guard_};
  auto found = entries_.find(who);
  return found != entries_.end() && send_signal(found->second.process, number);
}

std::vector<process_watch::notice> process_watch::take() {
  std::lock_guard lock{guard_};
  return std::exchange(queue_, {});
}

void process_watch::run() {
  epoll_event events[64];
  for (;;) {
    auto count = ::epoll_wait(epoll_.get(), events, 64, -1);
    std::vector<notice> seen;
    for (int i = 0; i < count; ++i) {
      auto key = events[i].data.u64;
      if (key == quit_key)
        return;
      if (key == inotify_key) {
        read_changes(seen);
        continue;
      }
      seen.push_back({key, true});
      std::lock_guard lock{guard_};
      if (auto found = entries_.find(key); found != entries_.end())
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.process.get(), nullptr);
    }
    push(std::move(seen));
  }
}

void process_watch::read_changes(std::vector<notice>& seen) {
  alignas(inotify_event) char buffer[16 * 1024];
  auto size = ::read(inotify_.get(), buffer, sizeof buffer);
  std::lock_guard lock{guard_};
  for (ssize_t at = 0; at < size;) {
    auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    if ((event->mask & IN_Q_OVERFLOW) != 0)
      for (auto& [wd, who] : directories_)
        seen.push_back({who, false});
    if (event->len == 0 || std::strcmp(event->name, "state") != 0)
      continue;
    if (auto found = directories_.find(event->wd); found != directories_.end())
      seen.push_back({found->second, false});
  }
}

void process_watch::push(std::vector<notice> seen) {
  if (seen.empty())
    return;
  bool was_empty = false;
  {
    std::lock_guard lock{guard_};
    was_empty = queue_.empty();
    queue_.insert(queue_.end(), seen.begin(), seen.end());
  }
  if (was_empty)
    wake_();
}

} // namespace maestro::process
