/* The shim: a tiny program that outlives the node. One shim is the parent of one room's processes: it starts them,
 * captures their output, restarts them by policy, ends them, and writes down what became of them. The node starts
 * it from its own binary (runtime/process/shim_launcher) in the room's directory with
 *
 *   fd 0   the plan (grammar in runtime/process/shim_protocol.hpp), an anonymous file: secrets never reach the disk
 *   fd 3   `lock`, under flock(2): held as long as the shim lives, so that a new node knows whom to adopt
 *
 * and speaks to it with SIGTERM (end the room; the file `stop` says in how many milliseconds) and SIGUSR1 (write the
 * state again). It answers through the file `state`, replaced atomically at every change; what a full disk refuses is
 * written when there is space. It needs nobody: node death at any instant changes nothing.
 *
 *   starting ──> running ──(a container ended for good, or SIGTERM)──> stopping ──(no process is left)──> ended
 *
 * Plain C, static, single-threaded, without a library of its own: its size times the number of rooms is the price.
 */
#ifndef MAESTRO_SHIM_H
#define MAESTRO_SHIM_H

#include <stdint.h>
#include <sys/types.h>

enum { MAX_CONTAINERS = 32, MAX_CGROUPS = 4, MAX_GROUPS = 64, LINE_BYTES = 1024 };

enum policy { POLICY_NEVER, POLICY_ON_FAILURE, POLICY_ALWAYS };
enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_WAITING, PHASE_STOPPING, PHASE_ENDED };
enum ending { ENDING_NONE, ENDING_EXITED, ENDING_SIGNALED, ENDING_NOT_STARTED };
enum stage { STAGE_NONE, STAGE_FORK, STAGE_CGROUP, STAGE_USER, STAGE_DIRECTORY, STAGE_BOUNDS, STAGE_EXEC };

struct container {
  const char* name;
  char** argv;
  char** envp;
  const char* input; /* a fifo in the room's folder that is its standard input; NULL: it has none */
  enum phase phase;
  pid_t pid; /* 0: none, or reaped */
  pid_t last_pid;
  enum ending ending;
  int code; /* exit code or signal number */
  int out_of_memory;
  enum stage stage; /* where starting failed */
  int error;        /* errno there */
  unsigned restarts;
  int output;   /* read end of stdout and stderr, -1: closed */
  int progress; /* read end of the pipe that closes at exec, -1: closed */
  unsigned run; /* which one's output is captured: the restarts before it */
  int log;
  uint64_t log_size;
  int marks; /* when what was captured: capture.c */
  uint64_t marked_size;
  int64_t marked_at; /* seconds of the wall clock */
  int64_t started_at;
  int64_t retry_at;
  int64_t backoff;
  char** joined; /* patterns of lines of its output that tell of a player more; NULL: players are not counted */
  char** left;   /* and of one less */
  int players;
  int players_written;   /* -1: none yet */
  char line[LINE_BYTES]; /* how the line that is being written begins: a pattern is looked for in so much of it */
  size_t line_size;
};

struct plan {
  int64_t grace;
  uint64_t log_bytes;
  unsigned log_files;
  int64_t backoff_min, backoff_max, backoff_reset;
  enum policy policy;
  int has_user;
  uid_t uid;
  gid_t gid;
  gid_t groups[MAX_GROUPS];
  int group_count;
  uint64_t nofile;
  uint64_t nproc, fsize; /* 0: no bound */
  uint64_t core;
  const char* oom_score; /* NULL: as inherited */
  const char* cgroups[MAX_CGROUPS];
  int cgroup_count;
  const char* oom_file;
  const char* members;    /* the control group that holds the room's processes and not the shim; NULL: none */
  const char* own_cgroup; /* where the shim itself belongs: its copying is the room's work; NULL: none */
};

struct room {
  struct plan plan;
  struct container containers[MAX_CONTAINERS];
  int count;
  enum phase phase;
  int culprit; /* the container whose end ended the room, -1: none */
  int asked;   /* the node asked for the end */
  int forced;  /* SIGKILL was needed */
  int64_t kill_at;
  uint64_t oom_kills;
};

/* plan.c: 0 when understood */
int read_plan(int fd, struct room* room);

/* state.c: 0 when it stands there, as a whole; else what stood there before does */
int write_state(const struct room* room);

/* capture.c */
void open_log(struct room* room, struct container* c);
void capture(struct room* room, struct container* c);
void begin_run(struct container* c); /* what is captured from now on is another run's */

/* players.c */
void begin_counting(struct container* c); /* a new process has no players */
void count_players(struct container* c, const char* bytes, size_t size);
void write_players(struct container* c); /* where it has changed */
int has_unwritten_players(const struct container* c);

/* launch.c */
void start_container(struct room* room, struct container* c);
int join_cgroup(const char* procs);
void read_progress(struct room* room, struct container* c);

/* endings.c */
void reap(struct room* room);
void begin_stop(struct room* room, int64_t grace);
void kill_everything(struct room* room);
void advance(struct room* room);
void container_over(struct room* room, struct container* c);

/* shim.c */
int64_t now_ms(void);

/* files.c: one small file at once; -1 on failure */
long read_small_file(const char* path, char* buffer, unsigned long size);
uint64_t read_oom_kills(const char* path);

#endif
