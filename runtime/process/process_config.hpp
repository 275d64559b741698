// Everything the process runtime can be told, with its defaults; no CAF, so that nodes/config can fill it from
// file and environment by the keys that `describe` lists. The process runtime (runtime/process/process_host) obeys it
// and changes none of it. `validate` names the first field that makes no sense; spawn_process_host expects a config
// that passed.
#pragma once

#include "messages/error.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro {

class config_table;

struct process_host_config {
  static constexpr std::string_view runtime_name = "process";
  static constexpr bool takes_machine = true; ///< rooms take of its processor time and memory
  static constexpr std::uint64_t descriptors_per_room =
      2; ///< of the node: its shim's, and one while it is looked at

  // where
  std::string data_dir = "./data"; ///< rooms live in <data_dir>/rooms/<scheduler>/<room>/
  std::string secrets_dir;         ///< secret `name`/`key` is the file <secrets_dir>/<name>/<key>; empty: none
  std::string host;                ///< address shown to clients; also status.hostIP and status.podIP
  std::string rooms_api_url;       ///< given to game servers as MAESTRO_ROOMS_API; empty: at_node makes it
  /// Base URLs of other machines' Rooms APIs, as they are now: with these MAESTRO_ROOMS_APIS names more than one door.
  std::function<std::vector<std::string>()> other_doors{};
  std::string node_mark; ///< marks this node's processes; empty: made once and kept in <data_dir>/node_mark

  // captured output, for each container
  std::uint64_t log_file_bytes = 10 * 1024 * 1024; ///< a log file is rotated at this size
  std::uint32_t log_files = 3;                     ///< files kept, the current one included
  std::uint64_t log_tail_bytes = 256 * 1024;       ///< upper bound of one answer of read_room_logs

  // who
  std::string user; ///< one user (name or uid) that all game servers run as; empty: the next key decides
  std::string user_range = "60000-60999"; ///< where the node is root: one of these for each room
  std::string user_locks =
      "/run/maestro-room-users.lock"; ///< by which nodes of one machine keep them apart; may be ""
  std::vector<std::string> inherited_environment{"PATH", "LANG", "LC_ALL", "TZ"}; ///< copied from the node

  // limits
  bool cgroups = true;       ///< enforce memory and CPU limits where the machine allows it
  std::string cgroup_parent; ///< group below which rooms' groups are made; empty: the node's own group
  std::uint64_t max_instances = 10'000;
  std::uint64_t room_processes = 1024;           ///< of one room, threads count
  std::uint64_t room_file_bytes = 4ULL << 30;    ///< of one file that a room writes
  std::uint64_t room_folder_bytes = 16ULL << 30; ///< of all files in a room's folder; a room with more is ended
  std::uint64_t room_folder_files = 200'000;     ///< the same
  duration room_folder_interval = std::chrono::seconds{10}; ///< how often the folders are looked at
  std::uint64_t room_core_bytes = 0;                        ///< of one core file
  std::int32_t room_oom_score = 300; ///< oom_score_adj of game servers, at least one above the node's

  // lives and deaths
  duration default_grace_period = std::chrono::seconds{30};  ///< where a room names none
  duration restart_backoff_min = std::chrono::seconds{1};    ///< restartPolicy: second restart waits so long,
  duration restart_backoff_max = std::chrono::minutes{5};    ///< doubled up to this,
  duration restart_backoff_reset = std::chrono::minutes{10}; ///< forgotten after running so long
  duration orphan_grace_period = std::chrono::seconds{5};    ///< between TERM and KILL of an orphan
  duration orphan_sweep_interval = std::chrono::minutes{1};  ///< how often /proc is searched for them

  // how rooms are
  std::string probe_address = "127.0.0.1"; ///< a number: where their ports are asked
  std::uint64_t probes_at_once = 256;      ///< questions under way
  duration port_check_delay =
      std::chrono::minutes{1}; ///< until it is looked whether somebody listens on a room's ports

  // what is kept of deleted rooms: their logs, the record of their end, files that their recipe names
  std::uint32_t ended_rooms_kept = 20; ///< for each scheduler, newest first
  duration ended_rooms_age = std::chrono::hours{24};
  std::uint64_t artifact_files = 1000;     ///< of the files that its recipe names, so many
  std::uint64_t artifact_bytes = 64 << 20; ///< and not more than that of one room
};

/// Its keys in the configuration, `process.…`.
void describe(process_host_config& all, config_table& keys);
/// `first-last`; none for anything else.
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_user_range(const std::string& text);
/// Fails with the field, the value and the limit.
result<done> validate(const process_host_config& config);
/// With what the node as a whole decides: where its data is, where game servers find its Rooms API (nowhere, when its
/// port is one that the system is still to choose).
process_host_config at_node(process_host_config config, const std::string& data_dir, std::uint16_t rooms_port);

} // namespace maestro
