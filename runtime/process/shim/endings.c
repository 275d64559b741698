/* How containers and the room end. A pid is used only while its process is unreaped and so cannot mean another; what
 * is sent to whom, signals.h decides. */
#define _GNU_SOURCE
#include "shim.h"

#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct container* find_container(struct room* room, pid_t pid) {
  for (int i = 0; i < room->count; ++i)
    if (room->containers[i].pid == pid)
      return &room->containers[i];
  return NULL;
}

struct stray_call {
  struct room* room;
  int number;
};

static void signal_stray(void* context, pid_t pid) {
  struct stray_call* call = context;
  if (find_container(call->room, pid) == NULL)
    signal_child(pid, call->number);
}

/* Processes that lost their parent became the shim's children: it is their subreaper. */
static void signal_strays(struct room* room, int number) {
  struct stray_call call = {room, number};
  each_child(signal_stray, &call);
}

static void signal_containers(struct room* room, int number) {
  for (int i = 0; i < room->count; ++i)
    if (room->containers[i].pid > 0)
      signal_child(room->containers[i].pid, number);
}

void begin_stop(struct room* room, int64_t grace) {
  int64_t deadline = now_ms() + grace;
  if (room->phase == PHASE_STOPPING) {
    if (deadline < room->kill_at)
      room->kill_at = deadline;
    return;
  }
  room->phase = PHASE_STOPPING;
  room->kill_at = deadline;
  for (int i = 0; i < room->count; ++i)
    if (room->containers[i].pid == 0)
      room->containers[i].phase = PHASE_ENDED;
  if (grace > 0) {
    signal_containers(room, SIGTERM);
    signal_strays(room, SIGTERM);
  }
}

void kill_everything(struct room* room) {
  room->forced = 1;
  if (room->plan.members != NULL)
    kill_group(room->plan.members);
  signal_containers(room, SIGKILL);
  signal_strays(room, SIGKILL);
}

static int wants_restart(const struct room* room, const struct container* c) {
  if (room->phase == PHASE_STOPPING || c->ending == ENDING_NOT_STARTED)
    return 0;
  if (room->plan.policy == POLICY_ALWAYS)
    return 1;
  return room->plan.policy == POLICY_ON_FAILURE && (c->ending == ENDING_SIGNALED || c->code != 0);
}

/* The first restart is at once; each further one waits longer, until the container has run long enough. */
static void plan_restart(struct room* room, struct container* c) {
  int64_t now = now_ms();
  if (c->restarts == 0 || now - c->started_at >= room->plan.backoff_reset)
    c->backoff = 0;
  else if (c->backoff == 0)
    c->backoff = room->plan.backoff_min;
  else
    c->backoff = c->backoff * 2 < room->plan.backoff_max ? c->backoff * 2 : room->plan.backoff_max;
  c->phase = PHASE_WAITING;
  c->retry_at = now + c->backoff;
}

void container_over(struct room* room, struct container* c) {
  c->pid = 0;
  if (wants_restart(room, c)) {
    plan_restart(room, c);
    return;
  }
  c->phase = PHASE_ENDED;
  if (room->phase == PHASE_STOPPING) {
    if (room->kill_at > now_ms())
      signal_strays(room, SIGTERM);
    return;
  }
  room->culprit = (int)(c - room->containers);
  begin_stop(room, room->plan.grace);
}

static void note_ending(struct room* room, struct container* c, const siginfo_t* info) {
  if (c->progress >= 0)
    read_progress(room, c);
  if (c->stage != STAGE_NONE) {
    c->ending = ENDING_NOT_STARTED;
    return;
  }
  c->ending = info->si_code == CLD_EXITED ? ENDING_EXITED : ENDING_SIGNALED;
  c->code = info->si_status;
  uint64_t kills = read_oom_kills(room->plan.oom_file);
  c->out_of_memory = c->ending == ENDING_SIGNALED && c->code == SIGKILL && kills > room->oom_kills;
  room->oom_kills = kills;
}

void reap(struct room* room) {
  for (;;) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return;
    struct container* c = find_container(room, info.si_pid);
    if (c == NULL) {
      waitpid(info.si_pid, NULL, WNOHANG);
      continue;
    }
    note_ending(room, c, &info);
    if (wants_restart(room, c))
      signal_child(info.si_pid, SIGKILL); /* what it left behind; the unreaped pid still names its group */
    waitpid(info.si_pid, NULL, 0);
    capture(room, c);
    container_over(room, c);
  }
}

static int nobody_left(void) {
  siginfo_t info;
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

/* Everything that follows from time and from what was reaped. */
void advance(struct room* room) {
  int64_t now = now_ms();
  int starting = 0;
  for (int i = 0; i < room->count; ++i) {
    struct container* c = &room->containers[i];
    if (c->phase == PHASE_WAITING && room->phase != PHASE_STOPPING && now >= c->retry_at) {
      ++c->restarts;
      start_container(room, c);
    }
    starting += c->phase == PHASE_STARTING;
  }
  if (room->phase == PHASE_STARTING && starting == 0)
    room->phase = PHASE_RUNNING;
  if (room->phase != PHASE_STOPPING)
    return;
  if (nobody_left())
    room->phase = PHASE_ENDED;
  else if (now >= room->kill_at)
    kill_everything(room);
}
