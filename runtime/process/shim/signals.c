#define _GNU_SOURCE
#include "signals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FREEZE_ATTEMPTS = 50, PID_DIGITS = 9 };

static int is_permitted(pid_t pid) {
  if (pid > 1)
    return 1;
  errno = EINVAL;
  return 0;
}

/* -1 with errno; a file of the kernel may need several reads. */
static long read_whole(const char* path, char* buffer, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  size_t length = 0;
  ssize_t got = 0;
  while (length + 1 < size && (got = read(fd, buffer + length, size - 1 - length)) != 0) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      break;
    length += (size_t)got;
  }
  int error = errno;
  close(fd);
  errno = error;
  buffer[length] = 0;
  return got < 0 ? -1 : (long)length;
}

/* pid (command) state parent group session tty foreground … start time is field 22; the command may hold anything. */
enum look look_at_process(pid_t pid, struct seen_process* seen) {
  char path[64], text[2048];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  if (read_whole(path, text, sizeof text) < 0)
    return errno == ENOENT || errno == ESRCH ? LOOK_ABSENT : LOOK_FAILED;
  char* at = strrchr(text, ')');
  int parent = 0, group = 0, session = 0;
  if (at == NULL || sscanf(at + 1, " %c %d %d %d", &seen->state, &parent, &group, &session) != 4) {
    errno = EBADMSG;
    return LOOK_FAILED;
  }
  for (int field = 2; at != NULL && field < 22; ++field)
    at = strchr(at + 1, ' ');
  if (at == NULL || sscanf(at, "%llu", &seen->start_time) != 1) {
    errno = EBADMSG;
    return LOOK_FAILED;
  }
  seen->pid = pid;
  seen->parent = (pid_t)parent;
  seen->group = (pid_t)group;
  seen->session = (pid_t)session;
  return LOOK_FOUND;
}

int signal_child(pid_t pid, int number) {
  struct seen_process seen;
  if (!is_permitted(pid))
    return -1;
  enum look found = look_at_process(pid, &seen);
  if (found == LOOK_FAILED)
    return -1;
  if (found == LOOK_ABSENT || seen.parent != getpid()) {
    errno = ESRCH;
    return -1;
  }
  return kill(seen.group == pid ? -pid : pid, number);
}

int signal_handle(int pidfd, int number) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

void each_number(int fd, number_visitor visit, void* context) {
  char chunk[4096];
  long value = 0;
  int digits = 0;
  for (ssize_t got; (got = read(fd, chunk, sizeof chunk)) != 0;) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return;
    for (ssize_t i = 0; i < got; ++i) {
      if (chunk[i] >= '0' && chunk[i] <= '9') {
        if (++digits <= PID_DIGITS)
          value = value * 10 + (chunk[i] - '0');
        continue;
      }
      if (digits > 0 && digits <= PID_DIGITS)
        visit(context, (pid_t)value);
      value = digits = 0;
    }
  }
}

/* Where the kernel keeps no list of children: every process whose parent we are. */
static int each_child_by_scan(number_visitor visit, void* context) {
  DIR* proc = opendir("/proc");
  if (proc == NULL)
    return -1;
  for (struct dirent* entry; (entry = readdir(proc)) != NULL;) {
    struct seen_process seen;
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
      continue;
    if (look_at_process((pid_t)atoi(entry->d_name), &seen) == LOOK_FOUND && seen.parent == getpid())
      visit(context, seen.pid);
  }
  closedir(proc);
  return 0;
}

int each_child(number_visitor visit, void* context) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return each_child_by_scan(visit, context);
  each_number(fd, visit, context);
  close(fd);
  return 0;
}

static int write_word(const char* directory, const char* file, const char* word) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", directory, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int written = write(fd, word, strlen(word)) == (ssize_t)strlen(word) ? 0 : -1;
  close(fd);
  return written;
}

/* The last two parts of a group's folder, /<node>/<room>, end its line in /proc/<pid>/cgroup. */
static const char* tail_of(const char* directory) {
  const char* at = strrchr(directory, '/');
  while (at != NULL && at > directory && *--at != '/')
    continue;
  return at != NULL ? at : directory;
}

static int is_member(pid_t pid, const char* directory) {
  char path[64], text[8192];
  const char* tail = tail_of(directory);
  size_t length = strlen(tail);
  snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
  if (read_whole(path, text, sizeof text) <= 0)
    return 0;
  for (char* at = text; (at = strstr(at, tail)) != NULL; ++at)
    if (at[length] == '\n' || at[length] == 0)
      return 1;
  errno = ESRCH;
  return 0;
}

struct members {
  const char* directory;
  int outcome;
};

/* The handle first: whoever is seen after that under this pid is the one it names, or that one is gone. */
static void kill_member(void* context, pid_t pid) {
  struct members* all = context;
  int handle = is_permitted(pid) ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
  if (handle < 0 && errno == ESRCH)
    return;
  if (handle < 0 || (is_member(pid, all->directory) ? signal_handle(handle, SIGKILL) : -1) != 0)
    all->outcome = errno == ESRCH ? all->outcome : -1;
  if (handle >= 0)
    close(handle);
}

static void await_frozen(const char* directory) {
  char path[PATH_BYTES], text[32];
  snprintf(path, sizeof path, "%s/freezer.state", directory);
  for (int i = 0; i < FREEZE_ATTEMPTS; ++i) {
    if (read_whole(path, text, sizeof text) <= 0 || strncmp(text, "FROZEN", 6) == 0)
      return;
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
}

int kill_group(const char* directory) {
  if (write_word(directory, "cgroup.kill", "1") == 0)
    return 0;
  char path[PATH_BYTES];
  int is_freezing = write_word(directory, "freezer.state", "FROZEN") == 0;
  if (is_freezing) /* nobody forks away from under the list */
    await_frozen(directory);
  struct members all = {directory, 0};
  snprintf(path, sizeof path, "%s/cgroup.procs", directory);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    each_number(fd, kill_member, &all);
  else if (errno != ENOENT)
    all.outcome = -1;
  if (fd >= 0)
    close(fd);
  if (is_freezing)
    write_word(directory, "freezer.state", "THAWED");
  return all.outcome;
}
