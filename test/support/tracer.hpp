// A process that traces another and never asks how it ended: so nobody else, not even its parent, learns that it has. A
// program of a room may do that to whatever is started as the room's user.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro {

class tracer {
public:
  /// Traces whose number is a line in `file`, as soon as it is there, and then makes the file `done`.
  tracer(const std::string& file, const std::string& done) : pid_(::fork()) {
    if (pid_ == 0)
      trace(file.c_str(), done.c_str());
  }
  ~tracer() { end(); }
  tracer(const tracer&) = delete;
  tracer& operator=(const tracer&) = delete;

  /// Its parent is told then.
  void end() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

private:
  // After a fork of many threads: system calls only.
  [[noreturn]] static void trace(const char* file, const char* done) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;; ::usleep(1000)) {
      char text[32] = {};
      int fd = ::open(file, O_RDONLY | O_CLOEXEC);
      auto size = ::read(fd, text, sizeof text - 1);
      ::close(fd);
      if (size <= 0 || text[size - 1] != '\n')
        continue;
      if (::ptrace(PTRACE_SEIZE, static_cast<pid_t>(std::atoi(text)), nullptr, nullptr) != 0)
        continue;
      ::close(::open(done, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
      for (;;)
        ::pause();
    }
  }

  pid_t pid_;
};

} // namespace maestro
