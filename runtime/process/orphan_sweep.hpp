// Ends processes that are proven to be of a room of ours that does not live (lost_rooms.hpp): TERM, a grace period,
// KILL. Each is written to orphans.log with its cause, when it is found and when it is gone, and told to the log. Used
// by the process supervisor only, from one thread.
#pragma once

#include "messages/time.hpp"
#include "runtime/process/process_table.hpp"

#include <map>
#include <string>

namespace maestro::process {

class orphan_sweep {
public:
  orphan_sweep(std::string file, duration grace);

  /// Begins to end it, once.
  void add(const marked_process& found, const std::string& why, const clock_reading& clock);
  /// Goes on with those found before; cheap.
  void follow_up(const clock_reading& clock);
  bool busy() const { return !orphans_.empty(); }
  /// A line in orphans.log and in the log.
  void record(const std::string& line, timestamp now);

private:
  struct orphan {
    marked_process what;
    unique_fd process;
    duration kill_at; ///< steady time
    bool killed = false;
  };

  std::string file_;
  duration grace_;
  std::map<pid_t, orphan> orphans_;
};

} // namespace maestro::process
