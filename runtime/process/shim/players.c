/* How many players a container's output says that it has: a line that holds a pattern of `joined` is one more, one that holds
 * one of `left` is one less. In a pattern `^` at its beginning is the beginning of the line, `*` stands for anything, `?` for
 * one byte, `+` for a word, up to the next blank. Players write into the output of their game (chat, names): a pattern that is
 * bound to the beginning and says what is between leaves them no room.
 *
 * The shim counts because it alone hears every line, while a node comes and goes and log files are rotated. The number is in the
 * room's file `players`, as "<number> <number>\n" of one width, written over in place: that needs no space on a full
 * disk, and a reader that sees two different numbers has looked amid the writing. One container of a room is counted at most. */
#define _GNU_SOURCE
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PLAYERS = 100000 };

/* How many bytes of the line this part of a pattern takes, which ends at `*` or with the pattern: -1 when it does not fit. */
static long fits(const char* line, size_t size, const char* part) {
  size_t at = 0;
  for (; *part != 0 && *part != '*'; ++part) {
    size_t before = at;
    if (*part == '+')
      while (at < size && line[at] != ' ')
        ++at;
    else if (at < size && (*part == '?' || *part == line[at]))
      ++at;
    if (at == before)
      return -1;
  }
  return (long)at;
}

/* A part is looked for behind the one before it, and where it fits first it stays: there is nothing to go back to. */
static int holds(const char* line, size_t size, const char* pattern) {
  int is_bound = *pattern == '^';
  size_t at = 0;
  for (pattern += is_bound;; is_bound = 0) {
    long taken = fits(line + at, size - at, pattern);
    while (taken < 0 && !is_bound && at < size) {
      ++at;
      taken = fits(line + at, size - at, pattern);
    }
    if (taken < 0)
      return 0;
    at += (size_t)taken;
    pattern = strchrnul(pattern, '*');
    if (*pattern == 0)
      return 1;
    ++pattern;
  }
}

static int holds_any(const struct container* c, char** patterns) {
  for (; *patterns != NULL; ++patterns)
    if (holds(c->line, c->line_size, *patterns))
      return 1;
  return 0;
}

static void hear_line(struct container* c) {
  if (holds_any(c, c->left))
    c->players -= c->players > 0;
  else if (holds_any(c, c->joined))
    c->players += c->players < MAX_PLAYERS;
}

static int counts(const struct container* c) {
  return c->joined != NULL && c->left != NULL;
}

int has_unwritten_players(const struct container* c) {
  return counts(c) && c->players != c->players_written;
}

void write_players(struct container* c) {
  char text[32];
  if (!has_unwritten_players(c))
    return;
  int fd = open("players", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  int size = snprintf(text, sizeof text, "%010d %010d\n", c->players, c->players);
  if (fd >= 0 && pwrite(fd, text, (size_t)size, 0) == size)
    c->players_written = c->players;
  if (fd >= 0)
    close(fd);
}

void begin_counting(struct container* c) {
  c->players = 0;
  c->line_size = 0;
  write_players(c);
}

void count_players(struct container* c, const char* bytes, size_t size) {
  if (!counts(c))
    return;
  while (size > 0) {
    const char* end = memchr(bytes, '\n', size);
    size_t part = end != NULL ? (size_t)(end - bytes) : size;
    size_t space = sizeof c->line - c->line_size;
    memcpy(c->line + c->line_size, bytes, part < space ? part : space);
    c->line_size += part < space ? part : space;
    if (end == NULL)
      return;
    hear_line(c);
    c->line_size = 0;
    bytes += part + 1;
    size -= part + 1;
  }
}
