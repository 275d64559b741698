/* Output of a container into logs/<name>.log, .log.1 (older) and so on. A disk that takes no more costs output,
 * never the game. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_PATH = 512, CHUNK = 32 * 1024, CHUNKS_AT_ONCE = 8 };

static void log_path(char* path, const struct container* c, unsigned age) {
  if (age == 0)
    snprintf(path, LOG_PATH, "logs/%s.log", c->name);
  else
    snprintf(path, LOG_PATH, "logs/%s.log.%u", c->name, age);
}

void open_log(struct room* room, struct container* c) {
  (void)room;
  char path[LOG_PATH];
  struct stat info;
  log_path(path, c, 0);
  c->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  c->log_size = c->log >= 0 && fstat(c->log, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static void rotate(struct room* room, struct container* c) {
  char from[LOG_PATH], to[LOG_PATH];
  close(c->log);
  for (unsigned age = room->plan.log_files - 1; age > 0; --age) {
    log_path(from, c, age - 1);
    log_path(to, c, age);
    rename(from, to);
  }
  if (room->plan.log_files == 1) {
    log_path(from, c, 0);
    unlink(from);
  }
  open_log(room, c);
}

static void store(struct room* room, struct container* c, const char* bytes, size_t size) {
  while (size > 0) {
    if (c->log >= 0 && c->log_size >= room->plan.log_bytes)
      rotate(room, c);
    if (c->log < 0)
      open_log(room, c);
    uint64_t space = c->log_size < room->plan.log_bytes ? room->plan.log_bytes - c->log_size : 1;
    size_t part = size < space ? size : (size_t)space;
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
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      close(c->output);
      c->output = -1;
    } else {
      return;
    }
  }
}
