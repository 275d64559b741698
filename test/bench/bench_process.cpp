#include "test/bench/bench_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

namespace maestro {

namespace {

int announce_to = -1;

void announce(std::uint16_t port) {
  if (::write(announce_to, &port, sizeof port) != sizeof port)
    std::abort();
}

} // namespace

bench_process::bench_process(void (*serve)(announce_port)) {
  int ends[2];
  if (::pipe(ends) != 0)
    throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    announce_to = ends[1];
    serve(announce);
  }
  if (::read(ends[0], &port_, sizeof port_) != sizeof port_)
    throw std::runtime_error("the server under measurement did not start");
  ::close(ends[0]);
  ::close(ends[1]);
}

bench_process::~bench_process() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

double cpu_seconds(pid_t process) {
  clockid_t id;
  timespec used{};
  if (::clock_getcpuclockid(process, &id) != 0 || ::clock_gettime(id, &used) != 0)
    return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

} // namespace maestro
