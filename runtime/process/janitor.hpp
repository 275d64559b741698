// Removes what is no longer needed, in a thread of its own, because trees can be large: everything in the trash
// folder, and of the deleted rooms of a scheduler all but the newest; of those that stay it gathers the files that their
// recipe names, and removes the rest of their folders. Stops at once when destroyed; the rest of
// the trash is removed by the next one.
#pragma once

#include "messages/time.hpp"
#include "runtime/process/artifact_gathering.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace maestro::process {

class janitor {
public:
  struct rules {
    std::string trash;
    std::string ended;
    std::uint32_t ended_kept = 0;
    duration ended_age{};
    gathering_limits artifacts{};
  };

  janitor() = default;
  ~janitor();
  janitor(const janitor&) = delete;
  janitor& operator=(const janitor&) = delete;

  void start(rules r);
  /// Puts a file or folder into the trash; false when there is none or it cannot be moved.
  bool discard(const std::string& path);
  /// A room of this scheduler has ended.
  void trim(const std::string& scheduler);
  /// Time has passed.
  void trim_all();

private:
  void run();
  void empty_trash();
  static std::set<std::string> entries_of(const std::string& folder);
  void trim_ended(const std::string& scheduler);
  void gather(const std::string& ended_room);
  bool stopping();

  rules rules_;
  std::mutex guard_;
  std::condition_variable changed_;
  bool trash_waits_ = false;
  bool all_wait_ = false;
  std::set<std::string> waiting_; ///< schedulers to trim
  bool stop_ = false;
  std::atomic<std::uint64_t> counter_{0}; ///< of what was discarded, from any thread
  std::thread thread_;
};

} // namespace maestro::process
