#include "runtime/process/process_config.hpp"

#include "messages/config_table.hpp"
#include "runtime/process/room_layout.hpp"

#include <fmt/format.h>

#include <charconv>

#include <arpa/inet.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kibi = 1024, mebi = 1024 * kibi, gibi = 1024 * mebi;

failure wrong(const char* field, const std::string& value, const char* limit) {
  return {ec::invalid_argument, fmt::format("{}: {} {}", field, value, limit)};
}

std::string text(duration d) {
  return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

} // namespace

void describe(process_host_config& all, config_table& keys) {
  keys.optional_text(
      "process.host", all.host,
      "Address of this machine, as clients are told it; empty: what api.bindAddress says, and where that is "
      "every address, the one of the default route.");
  keys.optional_text("process.roomsApiUrl", all.rooms_api_url,
                     "Where game servers reach the Rooms API (MAESTRO_ROOMS_API); empty: made of process.host and "
                     "roomsApi.port.");
  keys.optional_text("process.secretsDir", all.secrets_dir,
                     "Secret `name`/`key` is the file of that path in this folder; empty: there are none.");
  keys.optional_text("process.nodeMark", all.node_mark,
                     "Marks this node's processes; empty: drawn once and kept in the data folder.");
  keys.optional_text("process.user", all.user,
                     "One user, by name or number, for all game servers; empty: the next key, or the node's own.");
  keys.optional_text("process.userRange", all.user_range,
                     "Users, `first-last`, of which a node that is root, or has the capabilities of "
                     "deploy/maestro.service, gives "
                     "one to each room; they need no names.");
  keys.optional_text(
      "process.userLocks", all.user_locks,
      "File by which nodes of one machine do not give one user to two rooms at the same moment; it is "
      "made where the node may make it. Empty: none.");
  keys.list("process.inheritedEnvironment", all.inherited_environment,
            "Variables that game servers get from the node's own environment.");
  keys.truth("process.cgroups", all.cgroups, "Enforce memory and CPU limits where the machine allows it.");
  keys.optional_text("process.cgroupParent", all.cgroup_parent,
                     "Control group below which rooms' groups are made; empty: the node's own.");
  keys.whole("process.maxInstances", all.max_instances, 1, 1'000'000, "Instances on this machine.");
  keys.whole("process.roomProcesses", all.room_processes, 8, 1'000'000,
             "Processes and threads of one room at a time, where the machine allows to bound them.");
  keys.bytes("process.roomFileBytes", all.room_file_bytes, mebi, 1024 * gibi,
             "Largest file that a room may write.");
  keys.bytes("process.roomFolderBytes", all.room_folder_bytes, mebi, 1024 * 1024 * gibi,
             "Most that a room may keep in its folder; one that keeps more is ended.");
  keys.whole("process.roomFolderFiles", all.room_folder_files, 100, 100'000'000,
             "Most files and folders that it may keep there.");
  keys.span("process.roomFolderInterval", all.room_folder_interval, 100ms, 24h,
            "How often rooms' folders are looked at.");
  keys.bytes("process.roomCoreBytes", all.room_core_bytes, 0, 1024 * gibi,
             "Largest core file of a room; 0: none.");
  keys.whole("process.roomOomScore", all.room_oom_score, 0, 1000,
             "oom_score_adj of game servers; always at least one above the node's own.");
  keys.bytes("process.logFileBytes", all.log_file_bytes, kibi, gibi,
             "A game server's log file is rotated at this size.");
  keys.whole("process.logFiles", all.log_files, 1, 100, "Log files kept, the current one included.");
  keys.bytes("process.logTailBytes", all.log_tail_bytes, kibi, 16 * mebi,
             "Most that one reading of a room's log answers.");
  keys.span("process.defaultGracePeriod", all.default_grace_period, 1ms, 24h,
            "Between SIGTERM and SIGKILL, for rooms that name none.");
  keys.span("process.restartBackoffMin", all.restart_backoff_min, 1ms, 1h,
            "Pause before the second restart of a container; doubled up to the next key.");
  keys.span("process.restartBackoffMax", all.restart_backoff_max, 1ms, 24h, "Longest pause before a restart.");
  keys.span("process.restartBackoffReset", all.restart_backoff_reset, 1ms, 24h,
            "A container that ran so long starts again without a pause.");
  keys.span("process.orphanGracePeriod", all.orphan_grace_period, 1ms, 24h,
            "Between SIGTERM and SIGKILL for processes of ours that belong to no room.");
  keys.span("process.orphanSweepInterval", all.orphan_sweep_interval, 100ms, 24h,
            "How often such processes are looked for.");
  keys.text("process.probeAddress", all.probe_address,
            "Numeric address at which game servers that do not ping (spec.health) are asked how they are.");
  keys.whole("process.probesAtOnce", all.probes_at_once, 1, 10'000, "Questions to them that may be under way.");
  keys.span(
      "process.portCheckDelay", all.port_check_delay, 0s, 24h,
      "After so long it is looked whether somebody listens on each port of a room, and said if not; 0s: never.");
  keys.whole("process.endedRoomsKept", all.ended_rooms_kept, 0, 100'000,
             "Ended rooms of each scheduler whose logs are kept.");
  keys.span("process.endedRoomsAge", all.ended_rooms_age, 1s, 24h * 365, "How long they are kept at most.");
  keys.whole("process.artifactFiles", all.artifact_files, 0, 100'000,
             "Most files that are kept of an ended room, of those that its recipe names (spec.artifacts) and its "
             "core files.");
  keys.bytes("process.artifactBytes", all.artifact_bytes, 0, 1024 * gibi,
             "Most bytes that all of them have together.");
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_user_range(const std::string& text) {
  std::uint32_t first = 0, last = 0;
  auto* end = text.data() + text.size();
  auto [middle, wrong_first] = std::from_chars(text.data(), end, first);
  if (wrong_first != std::errc{} || middle == end || *middle != '-')
    return std::nullopt;
  auto [rest, wrong_last] = std::from_chars(middle + 1, end, last);
  if (wrong_last != std::errc{} || rest != end || first < 1000 || last < first || last >= 65534)
    return std::nullopt;
  return std::pair{first, last};
}

result<done> validate(const process_host_config& c) {
  if (c.data_dir.empty())
    return wrong("data_dir", "\"\"", "must name a directory");
  if (!c.node_mark.empty() && !process::is_safe_name(c.node_mark))
    return wrong("node_mark", "\"" + c.node_mark + "\"", "may hold letters, digits, `-`, `_` and `.` only");
  if (!c.user_range.empty() && !parse_user_range(c.user_range))
    return wrong("user_range", "\"" + c.user_range + "\"", "must be `first-last`, between 1000 and 65533");
  if (c.log_file_bytes < 1024)
    return wrong("log_file_bytes", std::to_string(c.log_file_bytes), "must be at least 1024");
  if (c.log_files < 1 || c.log_files > 100)
    return wrong("log_files", std::to_string(c.log_files), "must be between 1 and 100");
  if (c.log_tail_bytes < 1 || c.log_tail_bytes > 16 * 1024 * 1024)
    return wrong("log_tail_bytes", std::to_string(c.log_tail_bytes), "must be between 1 and 16777216");
  if (c.max_instances < 1)
    return wrong("max_instances", "0", "must be at least 1");
  if (c.default_grace_period < duration::zero())
    return wrong("default_grace_period", text(c.default_grace_period), "must not be negative");
  if (c.restart_backoff_min <= duration::zero() || c.restart_backoff_max < c.restart_backoff_min)
    return wrong("restart_backoff_min", text(c.restart_backoff_min),
                 "must be positive and at most restart_backoff_max");
  if (c.restart_backoff_reset <= duration::zero())
    return wrong("restart_backoff_reset", text(c.restart_backoff_reset), "must be positive");
  if (c.orphan_grace_period < duration::zero())
    return wrong("orphan_grace_period", text(c.orphan_grace_period), "must not be negative");
  if (c.orphan_sweep_interval <= duration::zero())
    return wrong("orphan_sweep_interval", text(c.orphan_sweep_interval), "must be positive");
  if (in6_addr address{}; ::inet_pton(AF_INET, c.probe_address.c_str(), &address) != 1 &&
                          ::inet_pton(AF_INET6, c.probe_address.c_str(), &address) != 1)
    return wrong("probe_address", "\"" + c.probe_address + "\"", "must be a numeric address, as 127.0.0.1 or ::1");
  if (c.probes_at_once < 1)
    return wrong("probes_at_once", "0", "must be at least 1");
  if (c.ended_rooms_age < duration::zero())
    return wrong("ended_rooms_age", text(c.ended_rooms_age), "must not be negative");
  return done{};
}

process_host_config at_node(process_host_config config, const std::string& data_dir, std::uint16_t rooms_port) {
  config.data_dir = data_dir;
  bool is_v6 = config.host.find(':') != std::string::npos;
  if (config.rooms_api_url.empty() && rooms_port != 0)
    config.rooms_api_url =
        fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", config.host, is_v6 ? "]" : "", rooms_port);
  return config;
}

} // namespace maestro
