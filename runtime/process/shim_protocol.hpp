// What node and shim write to each other; the C side is runtime/process/shim/{plan,state}.c.
//
//   plan    := pair* "end" NUL          pair := key NUL value NUL        (anonymous file, fd 0 of the shim)
//     room keys, before any container: grace_ms log_bytes log_files backoff_min_ms backoff_max_ms backoff_reset_ms
//     restart_policy nofile uid gid group* cgroup* oom_file members own_cgroup
//     nproc fsize core oom_score; then `container` <name> with its `input`?, (`joined`+ `left`+)?, `arg`+
//     and `env`*
//   stop    := grace_ms LF cause LF                                      (node, before it sends SIGTERM)
//   state   := "maestro-shim 1" LF "shim" pid start LF                   (shim, replaced atomically)
//              "room" phase culprit asked forced LF
//              ("container" index phase pid restarts ending code oom stage errno backoff_ms started LF)* "end" LF
//              started: of that pid, in clock ticks since boot; 0: it is gone. Shims of former versions do not say it.
//   players := number SP number LF                           (shim, in place; twice the same, of one width)
//
// A state that does not end in `end` was not written by a shim that finished writing it, and is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace maestro::process {

struct container_plan {
  std::string name;
  std::vector<std::string> command;
  std::vector<std::string> environment; ///< NAME=value
  std::string input{};                  ///< name of the fifo that is its standard input; empty: it has none
  /// Patterns of lines of its output that tell of a player more, and of one less (shim/players.c); both or none.
  std::vector<std::string> joined{}, left{};
};

struct user_identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

struct room_bounds {
  std::uint64_t processes = 0;  ///< of its user, where it has one of its own; 0: none
  std::uint64_t file_bytes = 0; ///< of one file; 0: none
  std::uint64_t core_bytes = 0;
  int oom_score = 0; ///< oom_score_adj
};

struct room_plan {
  std::int64_t grace_ms = 0;
  std::uint64_t log_bytes = 0;
  std::uint32_t log_files = 1;
  std::int64_t backoff_min_ms = 0;
  std::int64_t backoff_max_ms = 0;
  std::int64_t backoff_reset_ms = 0;
  std::string restart_policy;
  std::uint64_t nofile = 0; ///< soft limit of open files for game servers; 0: as inherited
  std::optional<user_identity> user;
  std::vector<std::string> cgroups; ///< cgroup.procs files to join
  std::string oom_file;             ///< where the kernel counts `oom_kill`; empty: nowhere
  std::string members;              ///< control group of the room's processes without the shim; empty: none
  std::string own_cgroup;           ///< cgroup.procs file that the shim itself joins; empty: none
  room_bounds bounds;
  std::vector<container_plan> containers;
};

constexpr std::size_t max_containers = 32;

std::string encode_plan(const room_plan& plan);

enum class shim_phase : std::uint8_t { starting, running, waiting, stopping, ended };
enum class shim_ending : std::uint8_t { none, exited, signaled, not_started };
enum class shim_stage : std::uint8_t { none, fork, cgroup, user, directory, bounds, exec };

struct container_state {
  shim_phase phase = shim_phase::starting;
  pid_t pid = 0;
  std::uint32_t restarts = 0;
  shim_ending ending = shim_ending::none;
  int code = 0;
  bool out_of_memory = false;
  shim_stage stage = shim_stage::none;
  int error = 0;
  std::int64_t backoff_ms = 0;
  std::uint64_t start_time = 0; ///< of `pid`, in clock ticks since boot; 0: it had ended, or its shim did not say
};

struct shim_state {
  pid_t pid = 0;
  std::uint64_t start_time = 0; ///< of the shim, in clock ticks since boot: tells it from a later owner of the pid
  shim_phase phase = shim_phase::starting;
  int culprit = -1; ///< index of the container whose end ended the room
  bool asked = false;
  bool forced = false;
  std::vector<container_state> containers;
};

std::optional<shim_state> parse_state(std::string_view text);

/// None: it is none, or was read while it was written.
std::optional<std::int64_t> parse_players(std::string_view text);

} // namespace maestro::process
