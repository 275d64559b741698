// A disk that takes its time, for a child process that is not ours and links nothing (etcd is one static program): each fsync
// and fdatasync of it waits as long as the test says before the kernel does it, one after another as a disk with one queue
// does them. A filter of seccomp hands those calls to a thread of the test, which lets them go on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace maestro {

class slow_disk {
public:
  /// Why calls cannot be held back here; empty where they can.
  static std::string objection();

  slow_disk();
  /// Whoever is on this disk must have ended: its calls would fail.
  ~slow_disk();
  slow_disk(const slow_disk&) = delete;
  slow_disk& operator=(const slow_disk&) = delete;

  /// Between fork and exec of a life, in the child; and after the fork, in the parent. Lives follow one another.
  bool enter() const;
  void serve();

  /// Of each sync from now on, and of those that wait.
  void set(std::chrono::milliseconds delay);
  /// Syncs that were let go on.
  std::uint64_t synced() const;

private:
  void answer(int listener);
  void hold_back();
  void end_serving();

  int child_end_ = -1, our_end_ = -1; ///< of the way on which a child hands out its listener
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::milliseconds delay_{0};
  std::uint64_t synced_ = 0;
  bool is_over_ = false;
  std::thread server_;
};

} // namespace maestro
