// Servers under measurement: a function run in a child process, its port, and the processor time it uses. Killed,
// by pid, when the object goes.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace maestro {

using announce_port = void (*)(std::uint16_t port);

class bench_process {
public:
  /// `serve` announces its port and never returns. Make one before any thread is started.
  explicit bench_process(void (*serve)(announce_port));
  ~bench_process();
  bench_process(const bench_process&) = delete;
  bench_process& operator=(const bench_process&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// Processor time that a process has used so far, all threads together.
double cpu_seconds(pid_t process);

} // namespace maestro
