/* Reads the plan: pairs of NUL-terminated strings, key and value, until the key `end`. The text stays where it was
 * read: arguments and environment point into it. */
#define _GNU_SOURCE
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char* read_all(int fd, size_t* size) {
  struct stat info;
  if (fstat(fd, &info) != 0 || info.st_size <= 0)
    return NULL;
  *size = (size_t)info.st_size;
  char* text = malloc(*size + 1);
  size_t done = 0;
  while (text != NULL && done < *size) {
    ssize_t got = pread(fd, text + done, *size - done, (off_t)done);
    if (got <= 0)
      return NULL;
    done += (size_t)got;
  }
  if (text != NULL)
    text[*size] = 0;
  return text;
}

static int append(char*** list, size_t* length, char* value) {
  char** grown = realloc(*list, (*length + 2) * sizeof(char*));
  if (grown == NULL)
    return -1;
  *list = grown;
  grown[(*length)++] = value;
  grown[*length] = NULL;
  return 0;
}

static enum policy parse_policy(const char* value) {
  if (strcmp(value, "Always") == 0)
    return POLICY_ALWAYS;
  return strcmp(value, "OnFailure") == 0 ? POLICY_ON_FAILURE : POLICY_NEVER;
}

static int room_setting(struct room* room, const char* key, char* value) {
  struct plan* p = &room->plan;
  if (strcmp(key, "grace_ms") == 0)
    p->grace = strtoll(value, NULL, 10);
  else if (strcmp(key, "log_bytes") == 0)
    p->log_bytes = strtoull(value, NULL, 10);
  else if (strcmp(key, "log_files") == 0)
    p->log_files = (unsigned)strtoul(value, NULL, 10);
  else if (strcmp(key, "backoff_min_ms") == 0)
    p->backoff_min = strtoll(value, NULL, 10);
  else if (strcmp(key, "backoff_max_ms") == 0)
    p->backoff_max = strtoll(value, NULL, 10);
  else if (strcmp(key, "backoff_reset_ms") == 0)
    p->backoff_reset = strtoll(value, NULL, 10);
  else if (strcmp(key, "restart_policy") == 0)
    p->policy = parse_policy(value);
  else if (strcmp(key, "nofile") == 0)
    p->nofile = strtoull(value, NULL, 10);
  else if (strcmp(key, "oom_file") == 0)
    p->oom_file = value;
  else if (strcmp(key, "nproc") == 0)
    p->nproc = strtoull(value, NULL, 10);
  else if (strcmp(key, "fsize") == 0)
    p->fsize = strtoull(value, NULL, 10);
  else if (strcmp(key, "core") == 0)
    p->core = strtoull(value, NULL, 10);
  else if (strcmp(key, "oom_score") == 0)
    p->oom_score = value;
  else if (strcmp(key, "members") == 0)
    p->members = value;
  else if (strcmp(key, "own_cgroup") == 0)
    p->own_cgroup = value;
  else if (strcmp(key, "uid") == 0)
    p->has_user = 1, p->uid = (uid_t)strtoul(value, NULL, 10);
  else if (strcmp(key, "gid") == 0)
    p->gid = (gid_t)strtoul(value, NULL, 10);
  else if (strcmp(key, "group") == 0 && p->group_count < MAX_GROUPS)
    p->groups[p->group_count++] = (gid_t)strtoul(value, NULL, 10);
  else if (strcmp(key, "cgroup") == 0 && p->cgroup_count < MAX_CGROUPS)
    p->cgroups[p->cgroup_count++] = value;
  else
    return -1;
  return 0;
}

static struct container* add_container(struct room* room, char* name) {
  if (room->count == MAX_CONTAINERS)
    return NULL;
  struct container* c = &room->containers[room->count++];
  c->name = name;
  c->output = c->progress = c->log = c->marks = c->players_written = -1;
  return c;
}

int read_plan(int fd, struct room* room) {
  size_t size = 0, arguments = 0, variables = 0, joined = 0, left = 0;
  char* text = read_all(fd, &size);
  struct container* c = NULL;
  for (char* at = text; text != NULL && at < text + size;) {
    char* key = at;
    char* value = key + strlen(key) + 1;
    if (strcmp(key, "end") == 0)
      return room->count > 0 && c->argv != NULL ? 0 : -1;
    if (value >= text + size)
      return -1;
    at = value + strlen(value) + 1;
    if (strcmp(key, "container") == 0) {
      if ((c = add_container(room, value)) == NULL)
        return -1;
      arguments = variables = joined = left = 0;
    } else if (c != NULL && strcmp(key, "arg") == 0) {
      if (append(&c->argv, &arguments, value) != 0)
        return -1;
    } else if (c != NULL && strcmp(key, "input") == 0) {
      c->input = value;
    } else if (c != NULL && strcmp(key, "joined") == 0) {
      if (append(&c->joined, &joined, value) != 0)
        return -1;
    } else if (c != NULL && strcmp(key, "left") == 0) {
      if (append(&c->left, &left, value) != 0)
        return -1;
    } else if (c != NULL && strcmp(key, "env") == 0) {
      if (append(&c->envp, &variables, value) != 0)
        return -1;
    } else if (c != NULL || room_setting(room, key, value) != 0) {
      return -1;
    }
  }
  return -1;
}
