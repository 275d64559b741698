// Programs as tests run them: started with an environment of their own, output kept in a file, ended by pid at the
// latest when the object goes. Nothing here waits without a bound.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace maestro::test {

using seconds = std::chrono::duration<double>;

struct program {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment; ///< added to ours
  std::string folder;                             ///< working directory; empty: ours
  std::string output;                             ///< file for stdout and stderr, appended; empty: thrown away
};

class process {
public:
  explicit process(const program& what);
  /// SIGTERM, then SIGKILL.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  /// The exit code, 128 + N when signal N ended it, nothing when it still runs after the limit.
  std::optional<int> wait(seconds limit);

private:
  pid_t pid_ = -1;
  std::optional<int> ended_;
};

struct finished {
  int code = -1; ///< -1: it did not end in time
  std::string output;
};
/// Runs to the end; stdout and stderr together.
finished run(program what, seconds limit = seconds{60});

void sleep_a_moment();

/// True as soon as `condition` is, looked at every few milliseconds.
template <class Condition>
bool eventually(seconds limit, Condition condition) {
  auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (condition())
      return true;
    if (std::chrono::steady_clock::now() >= until)
      return false;
    sleep_a_moment();
  }
}

/// Pids of the game servers that run below `data`, by room id; of one scheduler when it is named.
std::map<std::string, pid_t> game_servers(const std::string& data, const std::string& scheduler = "");
/// Every process but ours that names `folder` in its working directory, command line or environment.
std::vector<pid_t> processes_of(const std::string& folder);
std::string read_text(const std::string& file);

} // namespace maestro::test
