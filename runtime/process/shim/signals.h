/* Every signal of shim and node to a process that it may mean wrongly goes through here. Nothing is sent to pid 1 or
 * below or to a group 1 or below, whatever a caller was told; who the process is, is looked at right before:
 *
 *   signal_child   only a child of ours that was not waited for; its pid cannot mean another meanwhile
 *   signal_handle  whom the pidfd names
 *   kill_group     only members of that control group, all of them: `cgroup.kill` (version 2), else the freezer
 *                  (version 1), else one by one
 *
 * Looks tell what is not there from what could not be looked at. Plain C: part of the shim and of the node.
 */
#ifndef MAESTRO_SIGNALS_H
#define MAESTRO_SIGNALS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum look { LOOK_FAILED = -1, LOOK_ABSENT = 0, LOOK_FOUND = 1 }; /* after LOOK_FAILED, errno says why */

struct seen_process {
  pid_t pid, parent, group, session;
  char state;                    /* Z: ended, not waited for */
  unsigned long long start_time; /* clock ticks since boot */
};

enum look look_at_process(pid_t pid, struct seen_process* seen);

/* 0 when sent; -1 with errno, ESRCH also for whom is not meant */
int signal_child(pid_t pid, int number); /* and its group, where it leads one */
int signal_handle(int pidfd, int number);

/* 0 when every member that it found was signalled. May take 50 ms where members do not freeze. */
int kill_group(const char* directory);

/* Whole numbers of a text, each followed by something that is no digit: a cut-off last one is not told. */
typedef void (*number_visitor)(void* context, pid_t number);
void each_number(int fd, number_visitor visit, void* context);

/* Children of the calling process, which has one thread; -1 when they could not be looked at. */
int each_child(number_visitor visit, void* context);

#ifdef __cplusplus
}
#endif

#endif
