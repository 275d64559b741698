#include "nodes/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace maestro {

process_usage read_process_usage() {
  process_usage usage;
  rusage spent{};
  if (getrusage(RUSAGE_SELF, &spent) == 0) {
    auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    usage.cpu_seconds = seconds(spent.ru_utime) + seconds(spent.ru_stime);
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0)
    usage.max_fds = static_cast<double>(files.rlim_cur);
  std::error_code gone;
  for (std::filesystem::directory_iterator it("/proc/self/fd", gone), end; !gone && it != end; it.increment(gone))
    usage.open_fds += 1;

  std::ifstream memory("/proc/self/statm");
  double pages_virtual = 0, pages_resident = 0;
  if (memory >> pages_virtual >> pages_resident) {
    auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    usage.virtual_bytes = pages_virtual * page;
    usage.resident_bytes = pages_resident * page;
  }

  // Field 22 of stat, counted after the command's closing bracket: start in ticks since boot.
  std::ifstream stat("/proc/self/stat");
  std::string line;
  std::getline(stat, line);
  if (auto bracket = line.rfind(')'); bracket != std::string::npos) {
    std::istringstream rest(line.substr(bracket + 1));
    std::string word;
    for (int field = 3; field <= 22 && rest >> word; ++field) {
    }
    std::ifstream system("/proc/stat");
    for (std::string row; std::getline(system, row);)
      if (row.starts_with("btime "))
        usage.start_time_seconds = std::stod(row.substr(6)) +
                                   std::strtod(word.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return usage;
}

} // namespace maestro
