#include "runtime/process/room_sizes.hpp"

#include "runtime/process/quiet_thread.hpp"

namespace maestro::process {

room_sizes::~room_sizes() {
  if (!thread_.joinable())
    return;
  {
    std::lock_guard lock{guard_};
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void room_sizes::start(tree_size most) {
  most_ = most;
  thread_ = start_quiet_thread("maestro.sizes", [this] { run(); });
}

void room_sizes::look_at(std::vector<place> places) {
  std::lock_guard lock{guard_};
  if (busy_ || places.empty())
    return;
  busy_ = true;
  waiting_ = std::move(places);
  changed_.notify_one();
}

std::vector<std::pair<room_id, tree_size>> room_sizes::take() {
  std::lock_guard lock{guard_};
  return std::exchange(too_large_, {});
}

bool room_sizes::stopping() {
  std::lock_guard lock{guard_};
  return stop_;
}

void room_sizes::run() {
  std::unique_lock lock{guard_};
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_)
      return;
    auto places = std::exchange(waiting_, {});
    lock.unlock();
    for (auto& it : places) {
      auto size = measure_tree(it.folder, most_, [this] { return stopping(); });
      if (size.bytes <= most_.bytes && size.files <= most_.files)
        continue;
      std::lock_guard telling{guard_};
      too_large_.emplace_back(it.room, size);
    }
    lock.lock();
    busy_ = false;
  }
}

} // namespace maestro::process
