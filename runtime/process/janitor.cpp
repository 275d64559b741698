#include "runtime/process/janitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <pthread.h>
#include <unistd.h>

namespace maestro::process {

namespace fs = std::filesystem;

janitor::~janitor() {
  if (!thread_.joinable())
    return;
  {
    std::lock_guard lock{guard_};
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void janitor::start(rules r) {
  rules_ = std::move(r);
  trash_waits_ = all_wait_ = true;
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

bool janitor::discard(const std::string& path) {
  auto unique = fmt::format("{}/{}-{}-{}", rules_.trash, ::getpid(),
                            std::chrono::steady_clock::now().time_since_epoch().count(), ++counter_);
  if (std::rename(path.c_str(), unique.c_str()) != 0)
    return false;
  std::lock_guard lock{guard_};
  trash_waits_ = true;
  changed_.notify_one();
  return true;
}

void janitor::trim(const std::string& scheduler) {
  std::lock_guard lock{guard_};
  waiting_.insert(scheduler);
  changed_.notify_one();
}

void janitor::trim_all() {
  std::lock_guard lock{guard_};
  all_wait_ = true;
  changed_.notify_one();
}

void janitor::run() {
  ::pthread_setname_np(::pthread_self(), "maestro.janitor");
  std::unique_lock lock{guard_};
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || trash_waits_ || all_wait_ || !waiting_.empty(); });
    if (stop_)
      return;
    auto schedulers = std::exchange(waiting_, {});
    auto all = std::exchange(all_wait_, false);
    trash_waits_ = false;
    lock.unlock();
    for (auto& scheduler : all ? every_scheduler() : schedulers)
      trim_ended(scheduler);
    empty_trash();
    lock.lock();
  }
}

bool janitor::stopping() {
  std::lock_guard lock{guard_};
  return stop_;
}

void janitor::empty_trash() {
  std::error_code error;
  std::vector<std::string> entries;
  for (fs::directory_iterator at{rules_.trash, error}, end; !error && at != end; at.increment(error))
    entries.push_back(at->path());
  for (auto& path : entries)
    if (!remove_tree(path))
      return;
}

bool janitor::remove_tree(const std::string& path) {
  if (stopping())
    return false;
  std::error_code error;
  if (fs::is_directory(fs::symlink_status(path, error))) {
    std::vector<std::string> entries;
    for (fs::directory_iterator at{path, error}, end; !error && at != end; at.increment(error))
      entries.push_back(at->path());
    for (auto& entry : entries)
      if (!remove_tree(entry))
        return false;
  }
  fs::remove(path, error);
  return true;
}

std::set<std::string> janitor::every_scheduler() {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{rules_.ended, error}, end; !error && at != end; at.increment(error))
    names.insert(at->path().filename());
  return names;
}

void janitor::trim_ended(const std::string& scheduler) {
  std::error_code error;
  auto now = fs::file_time_type::clock::now();
  std::vector<std::pair<fs::file_time_type, std::string>> rooms;
  for (fs::directory_iterator room{rules_.ended + "/" + scheduler, error}, end; !error && room != end;
       room.increment(error)) {
    std::error_code ignored;
    rooms.emplace_back(fs::last_write_time(room->path(), ignored), room->path());
  }
  std::sort(rooms.begin(), rooms.end(), std::greater<>{});
  for (std::size_t i = 0; i < rooms.size(); ++i)
    if ((i >= rules_.ended_kept || now - rooms[i].first > rules_.ended_age) && !remove_tree(rooms[i].second))
      return;
}

} // namespace maestro::process
