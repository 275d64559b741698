// Notices that a shim wrote a new state or ended. One thread waits in epoll on a pidfd for each shim and on one
// inotify instance for all room directories; what it sees is queued as notices, and `wake` is called when the
// queue was empty. It decides nothing. All functions may be called from any thread; `wake` is called from the
// watching thread.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace maestro::process {

class process_watch {
public:
  using token = std::uint64_t; ///< names one watched shim; never used again

  struct notice {
    token who = 0;
    bool ended = false; ///< the shim is gone; else its state changed
  };

  process_watch() = default;
  ~process_watch();
  process_watch(const process_watch&) = delete;
  process_watch& operator=(const process_watch&) = delete;

  result<done> start(std::function<void()> wake);
  /// `sees_changes` is false where the kernel has no watch left: then its state must be looked at now and then.
  struct watched {
    token who = 0;
    bool sees_changes = true;
  };
  result<watched> add(const std::string& directory, unique_fd process);
  void remove(token who);
  /// Signals that process; false when it has ended.
  bool signal(token who, int number);
  std::vector<notice> take();

private:
  struct entry {
    unique_fd process;
    int directory = -1; ///< inotify watch descriptor
  };

  void run();
  void read_changes(std::vector<notice>& seen);
  void push(std::vector<notice> seen);

  std::function<void()> wake_;
  unique_fd epoll_;
  unique_fd inotify_;
  unique_fd quit_;
  std::mutex guard_;
  std::unordered_map<token, entry> entries_;
  std::unordered_map<int, token> directories_;
  std::vector<notice> queue_;
  token last_ = 1; // 0 and 1 are quit_ and inotify_ in epoll
  std::thread thread_;
};

} // namespace maestro::process
