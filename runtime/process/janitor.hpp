// Removes what is no longer needed, in a thread of its own, because trees can be large: everything in the trash
// folder, and of the deleted rooms of a scheduler all but the newest. Stops at once when destroyed; the rest of
// the trash is removed by the next one.
#pragma once

#include "messages/time.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
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
  };

  janitor() = default;
  ~janitor();
  janitor(const janitor&) = delete;
  janitor& operator=(const janitor&) = delete;

  void start(rules r);
  /// There may be something to remove.
  void wake();
  /// Puts a file or folder into the trash under a name of its own; leaves it where it is when that cannot be done.
  bool discard(const std::string& path);

private:
  void run();
  void empty_trash();
  void trim_ended();
  bool remove_tree(const std::string& path);
  bool stopping();

  rules rules_;
  std::mutex guard_;
  std::condition_variable changed_;
  bool work_ = false;
  bool stop_ = false;
  std::uint64_t counter_ = 0;
  std::thread thread_;
};

} // namespace maestro::process
