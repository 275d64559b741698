#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PLAN_FD = 0, LOCK_FD = 3, KILL_AGAIN_MS = 20, WRITE_AGAIN_MS = 1000 };
/* So long the last state is tried to be written: hardly where the node waits for the end, which it does for 10 s. */
enum { END_PATIENCE_MS = 120000, ASKED_PATIENCE_MS = 3000 };

static struct room room;
static uint64_t told;      /* the fingerprint of what `state` says, or should say */
static int is_state_owed;  /* it could not be written: the disk is full, say */
static int64_t owed_since; /* when that was tried last */

int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_inherited(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, LOCK_FD + 1, ~0U, 0) == 0)
    return;
#endif
  for (int fd = LOCK_FD + 1; fd < 65536; ++fd)
    close(fd);
}

static int set_up(void) {
  sigset_t all;
  prctl(PR_SET_NAME, "maestro-shim");
  close_inherited();
  fcntl(LOCK_FD, F_SETFD, FD_CLOEXEC);
  umask(077);
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || read_plan(PLAN_FD, &room) != 0)
    return -1;
  int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0 || dup2(nothing, 0) < 0)
    return -1;
  if (nothing > 2)
    close(nothing);
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGCHLD);
  sigaddset(&heard, SIGTERM);
  sigaddset(&heard, SIGUSR1);
  return signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* `stop` holds the grace period in milliseconds and, on further lines, what only the node reads. */
static int64_t asked_grace(void) {
  char text[64];
  char* end = text;
  if (read_small_file("stop", text, sizeof text) <= 0)
    return room.plan.grace;
  long long grace = strtoll(text, &end, 10);
  return end == text || grace < 0 ? room.plan.grace : grace;
}

static uint64_t fingerprint(void) {
  uint64_t sum = (uint64_t)room.phase * 31 + (uint64_t)room.asked * 7 + (uint64_t)room.forced;
  for (int i = 0; i < room.count; ++i) {
    const struct container* c = &room.containers[i];
    sum = sum * 1000003 + (uint64_t)c->phase;
    sum = sum * 1000003 + c->restarts * 8 + (uint64_t)c->ending;
    sum = sum * 1000003 + (uint64_t)c->last_pid;
  }
  return sum;
}

static void tell_state(void) {
  told = fingerprint();
  is_state_owed = write_state(&room) != 0;
  owed_since = now_ms();
}

static void tell_change(void) {
  if (fingerprint() != told || (is_state_owed && now_ms() >= owed_since + WRITE_AGAIN_MS))
    tell_state();
}

static void hear(int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGTERM) {
      room.asked = 1;
      begin_stop(&room, asked_grace());
    } else if (info.ssi_signo == SIGUSR1) {
      tell_state();
    }
  reap(&room);
}

static int next_timeout(void) {
  int64_t now = now_ms(), next = -1;
  if (room.phase == PHASE_STOPPING)
    next = room.kill_at > now ? room.kill_at : now + KILL_AGAIN_MS;
  for (int i = 0; i < room.count; ++i)
    if (room.containers[i].phase == PHASE_WAITING && (next < 0 || room.containers[i].retry_at < next))
      next = room.containers[i].retry_at;
  for (int i = 0; i < room.count; ++i)
    if (has_unwritten_players(&room.containers[i]) && (next < 0 || now + WRITE_AGAIN_MS < next))
      next = now + WRITE_AGAIN_MS;
  if (is_state_owed && (next < 0 || owed_since + WRITE_AGAIN_MS < next))
    next = owed_since + WRITE_AGAIN_MS;
  if (next < 0)
    return -1;
  return next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now);
}

static void wait_and_handle(int signals) {
  struct pollfd fds[1 + 2 * MAX_CONTAINERS];
  fds[0] = (struct pollfd){signals, POLLIN, 0};
  for (int i = 0; i < room.count; ++i) {
    fds[1 + 2 * i] = (struct pollfd){room.containers[i].progress, POLLIN, 0};
    fds[2 + 2 * i] = (struct pollfd){room.containers[i].output, POLLIN, 0};
  }
  if (poll(fds, (nfds_t)(1 + 2 * room.count), next_timeout()) < 0)
    return;
  for (int i = 0; i < room.count; ++i) {
    if (fds[1 + 2 * i].revents != 0)
      read_progress(&room, &room.containers[i]);
    if (fds[2 + 2 * i].revents != 0)
      capture(&room, &room.containers[i]);
    write_players(&room.containers[i]);
  }
  if (fds[0].revents != 0)
    hear(signals);
}

static int was_asked_to_end(int signals) {
  struct signalfd_siginfo info;
  int was_asked = 0;
  while (read(signals, &info, sizeof info) == (ssize_t)sizeof info)
    was_asked |= info.ssi_signo == SIGTERM;
  return was_asked;
}

/* Nothing else tells the node how it ended, so a disk that is full is waited for. */
static void tell_end(int signals) {
  int64_t until = now_ms() + (room.asked ? ASKED_PATIENCE_MS : END_PATIENCE_MS);
  while (write_state(&room) != 0 && now_ms() < until) {
    struct pollfd heard = {signals, POLLIN, 0};
    poll(&heard, 1, WRITE_AGAIN_MS);
    if (was_asked_to_end(signals) && now_ms() + ASKED_PATIENCE_MS < until)
      until = now_ms() + ASKED_PATIENCE_MS;
  }
}

int main(void) {
  int signals = set_up();
  if (signals < 0)
    return 1;
  room.culprit = -1;
  if (room.plan.own_cgroup != NULL)
    join_cgroup(room.plan.own_cgroup); /* where it cannot, the room runs all the same */
  room.oom_kills = read_oom_kills(room.plan.oom_file);
  tell_state();
  for (int i = 0; i < room.count; ++i) {
    open_log(&room, &room.containers[i]);
    if (room.phase == PHASE_STARTING)
      start_container(&room, &room.containers[i]);
  }
  told = fingerprint(); /* that its containers are being started tells the node nothing */
  while (room.phase != PHASE_ENDED) {
    wait_and_handle(signals);
    advance(&room);
    if (room.phase != PHASE_ENDED)
      tell_change();
  }
  for (int i = 0; i < room.count; ++i)
    capture(&room, &room.containers[i]);
  tell_end(signals);
  return 0;
}
