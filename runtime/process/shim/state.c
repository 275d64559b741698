/* Writes `state` (grammar in runtime/process/shim_protocol.hpp): complete or not at all, and at the end for good.
 */
#define _GNU_SOURCE
#include "shim.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char* const phase_names[] = {"starting", "running", "waiting", "stopping", "ended"};
static const char* const ending_names[] = {"none", "exited", "signaled", "not_started"};
static const char* const stage_names[] = {"none", "fork", "cgroup", "user", "directory", "bounds", "exec"};

static unsigned long long start_time(pid_t pid) {
  struct seen_process seen;
  return look_at_process(pid, &seen) == LOOK_FOUND ? seen.start_time : 0;
}

/* Also what a disk refuses only when it must keep it counts as refused. */
static int write_new(const char* text, size_t size, int is_last) {
  unlink("state.new"); /* whatever it is: what is written to must be a new file of ours */
  int fd = open("state.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return -1;
  int outcome = write(fd, text, size) == (ssize_t)size ? 0 : -1;
  if (outcome == 0 && is_last && fsync(fd) != 0 && errno != EINVAL) /* EINVAL: there is nothing to be synced */
    outcome = -1;
  return close(fd) != 0 ? -1 : outcome;
}

int write_state(const struct room* room) {
  char text[MAX_CONTAINERS * 160 + 256];
  size_t n = 0;
  n += (size_t)snprintf(text + n, sizeof text - n, "maestro-shim 1\nshim %d %llu\nroom %s %d %d %d\n",
                        (int)getpid(), start_time(getpid()), phase_names[room->phase], room->culprit, room->asked,
                        room->forced);
  for (int i = 0; i < room->count; ++i) {
    const struct container* c = &room->containers[i];
    n += (size_t)snprintf(text + n, sizeof text - n, "container %d %s %d %u %s %d %d %s %d %lld %llu\n", i,
                          phase_names[c->phase], (int)c->last_pid, c->restarts, ending_names[c->ending], c->code,
                          c->out_of_memory, stage_names[c->stage], c->error, (long long)c->backoff,
                          c->pid > 0 ? start_time(c->pid) : 0);
  }
  n += (size_t)snprintf(text + n, sizeof text - n, "end\n");
  if (write_new(text, n, room->phase == PHASE_ENDED) == 0 && rename("state.new", "state") == 0)
    return 0;
  unlink("state.new"); /* it takes space that is scarce */
  return -1;
}
