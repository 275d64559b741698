#include "runtime/process/janitor.hpp"

#include "runtime/process/quiet_thread.hpp"
#include "runtime/process/tree_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <fcntl.h>
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
  thread_ = start_quiet_thread("maestro.janitor", [this] { run(); });
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
  std::unique_lock lock{guard_};
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || trash_waits_ || all_wait_ || !waiting_.empty(); });
    if (stop_)
      return;
    auto schedulers = std::exchange(waiting_, {});
    auto all = std::exchange(all_wait_, false);
    trash_waits_ = false;
    lock.unlock();
    for (auto& scheduler : all ? entries_of(rules_.ended) : schedulers)
      trim_ended(scheduler);
    empty_trash();
    lock.lock();
  }
}

bool janitor::stopping() {
  std::lock_guard lock{guard_};
  return stop_;
}

// What is moved up from too deep shows in the next round.
void janitor::empty_trash() {
  unique_fd trash{::open(rules_.trash.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  std::set<std::string> former;
  for (auto names = entries_of(rules_.trash); trash && names != former; names = entries_of(rules_.trash)) {
    for (auto& name : names)
      if (!remove_tree(trash, name, [this] { return stopping(); }))
        return;
    former = std::move(names);
  }
}

std::set<std::string> janitor::entries_of(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
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
    if (i >= rules_.ended_kept || now - rooms[i].first > rules_.ended_age)
      discard(rooms[i].second);
    else
      gather(rooms[i].second);
}

void janitor::gather(const std::string& ended_room) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(ended_room + "/work", error)))
    return;
  auto age = fs::last_write_time(ended_room, error);
  if (!gather_artifacts(ended_room, rules_.artifacts, [this] { return stopping(); }))
    return;
  discard(ended_room + "/work");
  fs::last_write_time(ended_room, age, error); // its age counts from its end
}

} // namespace maestro::process
