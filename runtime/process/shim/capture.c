/* Output of a container into logs/<name>.log, .log.1 (older) and so on; beside each, in <name>.marks, when what was
 * captured: lines "<seconds> <offset> <run>", of which none says less than MARK_BYTES or MARK_IDLE seconds. A disk that
 * takes no more costs output, never the game. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_PATH = 512, CHUNK = 32 * 1024, CHUNKS_AT_ONCE = 8, MARK_BYTES = 64, MARK_IDLE = 60 };

static void path_of(char* path, const struct container* c, const char* kind, unsigned age) {
  if (age == 0)
    snprintf(path, LOG_PATH, "logs/%s.%s", c->name, kind);
  else
    snprintf(path, LOG_PATH, "logs/%s.%s.%u", c->name, kind, age);
}

static int open_end(const struct container* c, const char* kind) {
  char path[LOG_PATH];
  path_of(path, c, kind, 0);
  return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

void open_log(struct room* room, struct container* c) {
  (void)room;
  struct stat info;
  c->log = open_end(c, "log");
  c->log_size = c->log >= 0 && fstat(c->log, &info) == 0 ? (uint64_t)info.st_size : 0;
  c->marked_at = 0;
  if (c->marks >= 0)
    close(c->marks);
  c->marks = open_end(c, "marks");
}

static void make_older(const struct room* room, const struct container* c, const char* kind) {
  char from[LOG_PATH], to[LOG_PATH];
  for (unsigned age = room->plan.log_files - 1; age > 0; --age) {
    path_of(from, c, kind, age - 1);
    path_of(to, c, kind, age);
    rename(from, to);
  }
  path_of(from, c, kind, 0);
  if (room->plan.log_files == 1)
    unlink(from);
}

static void rotate(struct room* room, struct container* c) {
  close(c->log);
  make_older(room, c, "log");
  make_older(room, c, "marks");
  open_log(room, c);
}

static void mark(struct container* c, int64_t now) {
  c->marked_at = now;
  c->marked_size = c->log_size;
  if (c->marks >= 0)
    dprintf(c->marks, "%lld %llu %u\n", (long long)now, (unsigned long long)c->log_size, c->run);
}

static void mark_if_due(struct container* c) {
  int64_t now = time(NULL);
  int64_t past = now - c->marked_at; /* below zero: the clock was set back */
  if (c->marked_at == 0 || past < 0 || past >= MARK_IDLE ||
      (past > 0 && c->log_size - c->marked_size >= MARK_BYTES))
    mark(c, now);
}

void begin_run(struct container* c) {
  begin_counting(c);
  c->run = c->restarts;
  if (c->run > 0)
    mark(c, time(NULL));
}

static void store(struct room* room, struct container* c, const char* bytes, size_t size) {
  while (size > 0) {
    if (c->log >= 0 && c->log_size >= room->plan.log_bytes)
      rotate(room, c);
    if (c->log < 0)
      open_log(room, c);
    uint64_t space = c->log_size < room->plan.log_bytes ? room->plan.log_bytes - c->log_size : 1;
    size_t part = size < space ? size : (size_t)space;
    mark_if_due(c);
    ssize_t put = c->log < 0 ? -1 : write(c->log, bytes, part);
    if (put <= 0)
      return;
    c->log_size += (uint64_t)put;
    bytes += put;
    size -= (size_t)put;
  }
}

void capture(struct room* room, struct container* c) {
  static char chunk[CHUNK];
  for (int i = 0; i < CHUNKS_AT_ONCE && c->output >= 0; ++i) {
    ssize_t got = read(c->output, chunk, sizeof chunk);
    if (got > 0) {
      store(room, c, chunk, (size_t)got);
      count_players(c, chunk, (size_t)got);
      write_players(c);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      close(c->output);
      c->output = -1;
    } else {
      return;
    }
  }
}
