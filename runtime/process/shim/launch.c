/* Starts a container's process: a session of its own, inside the room's cgroups, as the room's user, in `work`,
 * with nothing open but its three standard descriptors. It dies with the shim. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct trouble {
  int stage;
  int error;
};

static void give_up(int progress, enum stage stage) {
  struct trouble why = {stage, errno};
  ssize_t ignored = write(progress, &why, sizeof why);
  (void)ignored;
  _exit(127);
}

int join_cgroup(const char* procs) {
  int fd = open(procs, O_WRONLY | O_CLOEXEC);
  int joined = fd >= 0 && write(fd, "0", 1) == 1 ? 0 : -1;
  if (fd >= 0)
    close(fd);
  return joined;
}

static int join_cgroups(const struct plan* plan) {
  for (int i = 0; i < plan->cgroup_count; ++i)
    if (join_cgroup(plan->cgroups[i]) != 0)
      return -1;
  return 0;
}

static int become_user(const struct plan* plan) {
  if (!plan->has_user)
    return 0;
  if (setgroups((size_t)plan->group_count, plan->groups) != 0)
    return -1;
  return setresgid(plan->gid, plan->gid, plan->gid) != 0 ? -1 : setresuid(plan->uid, plan->uid, plan->uid);
}

static int bound(int resource, uint64_t most) {
  struct rlimit limit;
  if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
    return -1;
  if (limit.rlim_max > most)
    limit.rlim_max = most;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int set_bounds(const struct plan* plan) {
  if (plan->oom_score != NULL) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    ssize_t put = fd < 0 ? -1 : write(fd, plan->oom_score, strlen(plan->oom_score));
    close(fd);
    if (put < 0)
      return -1;
  }
  if (plan->nofile > 0) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      limit.rlim_cur = plan->nofile < limit.rlim_max ? plan->nofile : limit.rlim_max;
      setrlimit(RLIMIT_NOFILE, &limit);
    }
  }
  if (plan->nproc > 0 && bound(RLIMIT_NPROC, plan->nproc) != 0)
    return -1;
  if (plan->fsize > 0 && bound(RLIMIT_FSIZE, plan->fsize) != 0)
    return -1;
  return bound(RLIMIT_CORE, plan->core);
}

/* For good: what it runs can gain nothing by set-uid files, and nothing that the node or the shim may do. Dropping from the
 * bounding set takes a capability, so it comes before the user; the rest comes after it, because only who was root loses
 * the others by becoming somebody else. */
static int drop_bounds(const struct plan* plan) {
  if (plan->has_user || geteuid() != 0)
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
      prctl(PR_CAPBSET_DROP, capability);
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int drop_capabilities(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  if (geteuid() == 0)
    return 0;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return (int)syscall(SYS_capset, &head, none);
}

static const char* search_path(char** envp) {
  for (; envp != NULL && *envp != NULL; ++envp)
    if (strncmp(*envp, "PATH=", 5) == 0)
      return *envp + 5;
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Like execvpe, but with the PATH of the environment that the process gets, and never through a shell. */
static void run(char** argv, char** envp) {
  static char* nothing[] = {NULL};
  char path[4096];
  char** env = envp != NULL ? envp : nothing;
  if (strchr(argv[0], '/') != NULL) {
    execve(argv[0], argv, env);
    return;
  }
  int denied = 0;
  for (const char* at = search_path(envp); *at != 0;) {
    size_t length = strcspn(at, ":");
    if (length > 0 && length + strlen(argv[0]) + 2 <= sizeof path) {
      snprintf(path, sizeof path, "%.*s/%s", (int)length, at, argv[0]);
      execve(path, argv, env);
      int error = errno;
      path[length] = 0;
      if (error == EACCES) /* the program, not a folder that is closed to us anyway */
        denied |= access(path, X_OK) == 0;
      else if (error != ENOENT && error != ENOTDIR) {
        errno = error;
        return;
      }
    }
    at += length + (at[length] == ':');
  }
  errno = denied ? EACCES : ENOENT;
}

/* Open for writing as well, so that it never ends, whoever comes and goes at the other side. */
static int open_input(const struct container* c) {
  if (c->input == NULL)
    return 0;
  int fd = open(c->input, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  return fd < 0 || dup2(fd, 0) < 0 ? -1 : 0;
}

static void child(const struct room* room, struct container* c, int output, int progress, pid_t shim) {
  sigset_t none;
  setsid();
  umask(022); /* what it makes lies in a folder that is closed to others */
  if (join_cgroups(&room->plan) != 0)
    give_up(progress, STAGE_CGROUP);
  if (open_input(c) != 0)
    give_up(progress, STAGE_DIRECTORY);
  if (chdir("work") != 0)
    give_up(progress, STAGE_DIRECTORY);
  if (set_bounds(&room->plan) != 0)
    give_up(progress, STAGE_BOUNDS);
  if (drop_bounds(&room->plan) != 0 || become_user(&room->plan) != 0 || drop_capabilities() != 0)
    give_up(progress, STAGE_USER);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != shim)
    _exit(127);
  if (dup2(output, 1) < 0 || dup2(output, 2) < 0)
    give_up(progress, STAGE_FORK);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  run(c->argv, c->envp);
  give_up(progress, STAGE_EXEC);
}

static void not_started(struct room* room, struct container* c, enum stage stage, int error) {
  c->ending = ENDING_NOT_STARTED;
  c->stage = stage;
  c->error = error;
  container_over(room, c);
}

void start_container(struct room* room, struct container* c) {
  int output[2], progress[2];
  pid_t shim = getpid();
  if (pipe2(output, O_CLOEXEC) != 0) {
    not_started(room, c, STAGE_FORK, errno);
    return;
  }
  if (pipe2(progress, O_CLOEXEC) != 0) {
    int error = errno;
    close(output[0]);
    close(output[1]);
    not_started(room, c, STAGE_FORK, error);
    return;
  }
  pid_t pid = fork();
  int error = errno;
  if (pid == 0)
    child(room, c, output[1], progress[1], shim);
  close(output[1]);
  close(progress[1]);
  if (pid < 0) {
    close(output[0]);
    close(progress[0]);
    not_started(room, c, STAGE_FORK, error);
    return;
  }
  if (c->output >= 0) { /* of the former process; what it wrote is captured already */
    capture(room, c);
    if (c->output >= 0)
      close(c->output);
  }
  begin_run(c);
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  fcntl(progress[0], F_SETFL, O_NONBLOCK);
  c->pid = c->last_pid = pid;
  c->output = output[0];
  c->progress = progress[0];
  c->phase = PHASE_STARTING;
  c->started_at = now_ms();
}

void read_progress(struct room* room, struct container* c) {
  struct trouble why;
  ssize_t got = read(c->progress, &why, sizeof why);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  close(c->progress);
  c->progress = -1;
  if (got == (ssize_t)sizeof why) {
    c->stage = (enum stage)why.stage;
    c->error = why.error;
  } else if (c->phase == PHASE_STARTING) {
    c->phase = PHASE_RUNNING;
  }
  (void)room;
}
