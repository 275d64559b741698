// A named thread that takes no signals: they are for the thread that waits for them (nodes/node). Used by whoever works
// beside the process host: janitor, process_watch, room_sizes.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

#include <pthread.h>

namespace maestro::process {

/// `name`: at most 15 characters. The caller joins it.
template <class Body>
std::thread start_quiet_thread(const char* name, Body body) {
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);
  std::thread started([name, body = std::move(body)]() mutable {
    ::pthread_setname_np(::pthread_self(), name);
    body();
  });
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return started;
}

} // namespace maestro::process
