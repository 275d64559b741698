#include "nodes/config_keys.hpp"

#include "nodes/config_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr const char* first_release = "0.1";
constexpr std::int64_t kibi = 1024, mebi = 1024 * kibi, gibi = 1024 * mebi;

// Each maker takes `field`, a function from node_config& to the member that the key sets.

template <class Field>
config_key whole(std::string path, Field field, std::int64_t min, std::int64_t max, std::string meaning,
                 const std::string& unit = "a whole number") {
  using number = std::remove_reference_t<decltype(field(std::declval<node_config&>()))>;
  return {std::move(path),
          std::move(meaning),
          fmt::format("{} from {} to {}", unit, min, max),
          first_release,
          [=](node_config& c, std::string_view text) {
            auto value = parse_integer(text);
            if (!value || *value < min || *value > max)
              return false;
            field(c) = static_cast<number>(*value);
            return true;
          },
          [=](const node_config& c) { return fmt::format("{}", field(const_cast<node_config&>(c))); }};
}

template <class Field>
config_key bytes(std::string path, Field field, std::int64_t min, std::int64_t max, std::string meaning) {
  return whole(std::move(path), field, min, max, std::move(meaning), "bytes");
}

template <class Field>
config_key port(std::string path, Field field, std::string meaning) {
  return whole(std::move(path), field, 0, 65535, std::move(meaning), "a port (0: any free one)");
}

template <class Field>
config_key span(std::string path, Field field, duration min, duration max, std::string meaning) {
  using unit = std::remove_reference_t<decltype(field(std::declval<node_config&>()))>;
  return {std::move(path),
          std::move(meaning),
          fmt::format("a duration such as 500ms or 2m30s, from {} to {}", show_duration(min), show_duration(max)),
          first_release,
          [=](node_config& c, std::string_view text) {
            auto value = parse_duration(text);
            if (!value || *value < min || *value > max)
              return false;
            field(c) = std::chrono::duration_cast<unit>(*value);
            return true;
          },
          [=](const node_config& c) { return show_duration(field(const_cast<node_config&>(c))); }};
}

template <class Field>
config_key millis(std::string path, Field field, std::int64_t min, std::int64_t max, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          fmt::format("milliseconds from {} to {}", min, max),
          first_release,
          [=](node_config& c, std::string_view text) {
            auto value = parse_integer(text);
            if (!value || *value < min || *value > max)
              return false;
            field(c) = std::chrono::milliseconds{*value};
            return true;
          },
          [=](const node_config& c) {
            auto value = std::chrono::duration_cast<std::chrono::milliseconds>(field(const_cast<node_config&>(c)));
            return std::to_string(value.count());
          }};
}

template <class Field>
config_key text(std::string path, Field field, bool may_be_empty, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          may_be_empty ? "any text" : "a text that is not empty",
          first_release,
          [=](node_config& c, std::string_view value) {
            if (!may_be_empty && value.empty())
              return false;
            field(c) = std::string(value);
            return true;
          },
          [=](const node_config& c) { return field(const_cast<node_config&>(c)); }};
}

template <class Field>
config_key truth(std::string path, Field field, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          "true or false",
          first_release,
          [=](node_config& c, std::string_view value) {
            auto parsed = parse_bool(value);
            if (parsed)
              field(c) = *parsed;
            return parsed.has_value();
          },
          [=](const node_config& c) { return field(const_cast<node_config&>(c)) ? "true" : "false"; }};
}

template <class Field>
config_key chance(std::string path, Field field, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          "a number from 0 to 1",
          first_release,
          [=](node_config& c, std::string_view value) {
            auto parsed = parse_number(value);
            if (!parsed || *parsed < 0 || *parsed > 1)
              return false;
            field(c) = *parsed;
            return true;
          },
          [=](const node_config& c) { return show_number(field(const_cast<node_config&>(c))); }};
}

template <class Field>
config_key list(std::string path, Field field, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          "a list of words",
          first_release,
          [=](node_config& c, std::string_view value) {
            field(c) = split_list(value);
            return true;
          },
          [=](const node_config& c) { return join_list(field(const_cast<node_config&>(c))); }};
}

std::string role_names(const std::set<node_role>& roles) {
  std::vector<std::string> names;
  for (auto role : roles)
    names.push_back(to_string(role));
  return join_list(names);
}

template <class Field>
config_key role_list(std::string path, Field field, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          "a list of at least one of " + role_names(all_roles()),
          first_release,
          [=](node_config& c, std::string_view value) {
            std::set<node_role> chosen;
            for (auto& item : split_list(value)) {
              auto named = [&](node_role role) { return to_string(role) == lower_case(item); };
              auto found = std::find_if(all_roles().begin(), all_roles().end(), named);
              if (found == all_roles().end())
                return false;
              chosen.insert(*found);
            }
            if (!chosen.empty())
              field(c) = chosen;
            return !chosen.empty();
          },
          [=](const node_config& c) { return role_names(field(const_cast<node_config&>(c))); }};
}

template <class Field, class Enum>
config_key choice(std::string path, Field field, std::vector<std::pair<std::string, Enum>> words,
                  std::string meaning) {
  std::vector<std::string> names;
  for (auto& [name, value] : words)
    names.push_back(name);
  return {std::move(path),
          std::move(meaning),
          "one of " + join_list(names),
          first_release,
          [=](node_config& c, std::string_view value) {
            for (auto& [name, meant] : words)
              if (lower_case(value) == name)
                return field(c) = meant, true;
            return false;
          },
          [=](const node_config& c) {
            for (auto& [name, meant] : words)
              if (field(const_cast<node_config&>(c)) == meant)
                return name;
            return std::string();
          }};
}

template <class Field>
config_key ports(std::string path, Field field, std::string meaning) {
  return {std::move(path),
          std::move(meaning),
          "`start-end` with 1 <= start <= end <= 65535",
          first_release,
          [=](node_config& c, std::string_view value) {
            auto dash = value.find('-');
            auto start = parse_integer(value.substr(0, dash));
            auto end = dash == std::string_view::npos ? std::nullopt : parse_integer(value.substr(dash + 1));
            if (!start || !end || *start < 1 || *start > *end || *end > 65535)
              return false;
            field(c) = port_range{static_cast<std::int32_t>(*start), static_cast<std::int32_t>(*end)};
            return true;
          },
          [=](const node_config& c) {
            auto& range = field(const_cast<node_config&>(c));
            return fmt::format("{}-{}", range.start, range.end);
          }};
}

#define AT(member)                                                                                                \
  [](node_config & c) -> auto& {                                                                                  \
    return c.member;                                                                                              \
  }

void add_node_keys(std::vector<config_key>& keys) {
  keys.insert(keys.end(),
              {text("dataDir", AT(data_dir), false,
                    "Folder of everything this node remembers: the journal, and the rooms' folders and logs."),
               role_list("roles", AT(roles), "Components that this node runs."),
               choice("runtime", AT(runtime),
                      std::vector<std::pair<std::string, runtime_kind>>{{"process", runtime_kind::process},
                                                                        {"simulated", runtime_kind::simulated}},
                      "Where rooms run: as local processes, or only as data (tests, scale)."),
               choice("log.level", AT(logging.level),
                      std::vector<std::pair<std::string, log_level>>{{"debug", log_level::debug},
                                                                     {"info", log_level::info},
                                                                     {"warn", log_level::warn},
                                                                     {"error", log_level::error},
                                                                     {"off", log_level::off}},
                      "The lowest level that is written."),
               choice("log.format", AT(logging.format),
                      std::vector<std::pair<std::string, log_format>>{{"json", log_format::json},
                                                                      {"console", log_format::console}},
                      "One JSON object per line for machines, or text for people."),
               whole("log.queueLines", AT(logging.queue_lines), 16, 1'000'000,
                     "Lines that wait for a slow reader; beyond, the oldest are dropped.")});
}

void add_door_keys(std::vector<config_key>& keys) {
  keys.insert(
      keys.end(),
      {port("api.port", AT(gateway.management_port), "Management API."),
       span("api.gracefulShutdownTimeout", AT(gateway.shutdown_timeout), 0s, 1h,
            "How long requests that are under way may take when the node stops."),
       port("roomsApi.port", AT(gateway.rooms_port), "Rooms API, which game servers and matchmakers call."),
       port("internalApi.port", AT(gateway.internal_port), "Health, readiness and metrics."),
       text("api.bindAddress", AT(gateway.bind_address), false, "Numeric address that all three ports listen on."),
       whole("gateway.ioThreads", AT(gateway.io_threads), 1, 64, "Threads that read and write connections."),
       whole("gateway.maxConnections", AT(gateway.max_connections), 1, 1'000'000,
             "Open connections of all doors together."),
       whole("gateway.maxInFlight", AT(gateway.max_in_flight), 1, 1'000'000,
             "Requests being answered; more get 503."),
       whole("gateway.maxPipelined", AT(gateway.max_pipelined), 1, 1024,
             "Requests of one connection being answered; then reading pauses."),
       bytes("gateway.maxBodyBytes", AT(gateway.max_body_bytes), kibi, gibi, "Longest body; more gets 413."),
       bytes("gateway.maxHeaderBytes", AT(gateway.max_header_bytes), kibi, mebi, "Longest header; more gets 431."),
       span("gateway.idleTimeout", AT(gateway.idle_timeout), 100ms, 24h,
            "A connection without a request is closed after this."),
       span("gateway.readTimeout", AT(gateway.read_timeout), 100ms, 1h, "For receiving one whole request."),
       span("gateway.writeTimeout", AT(gateway.write_timeout), 100ms, 1h, "For sending one whole answer."),
       span("gateway.requestTimeout", AT(gateway.request_timeout), 100ms, 1h,
            "For finding the answer; then 504.")});
}

void add_work_keys(std::vector<config_key>& keys) {
  keys.insert(
      keys.end(),
      {span("workers.healthControllerInterval", AT(limits.health_controller_interval), 10ms, 24h,
            "How often each scheduler compares the rooms it has with the rooms it wants."),
       span("workers.storageClenupInterval", AT(limits.storage_cleanup_interval), 100ms, 24h * 30,
            "Mean time between removals of expired operations. (The spelling is the original's.)"),
       span("workers.redis.operationsTTL", AT(limits.operations_ttl), 1s, 24h * 365,
            "How long finished add_rooms, remove_rooms, health_controller and storage_clean_up operations are "
            "kept, "
            "from their creation. (Named after the original's store; ours is the journal.)"),
       whole("operations.rooms.add.limit", AT(limits.add_limit), 1, 1'000'000,
             "Most rooms that one add_rooms operation adds."),
       whole("operations.rooms.add.batchSize", AT(limits.add_batch_size), 1, 100'000,
             "Rooms being created at the same time."),
       span("operations.rooms.add.operationTimeout", AT(limits.add_operation_timeout), 100ms, 1h,
            "For the runtime's answer to one creation."),
       whole("operations.rooms.remove.limit", AT(limits.remove_limit), 1, 1'000'000,
             "Most rooms that one remove_rooms operation removes by amount."),
       millis("services.roomManager.roomPingTimeoutMillis", AT(limits.room_ping_timeout), 100, 86'400'000,
              "A room that did not ping for so long is replaced."),
       millis("services.roomManager.roomInitializationTimeoutMillis", AT(limits.room_initialization_timeout), 100,
              86'400'000, "A room that is not ready so long after its creation is replaced."),
       millis("services.roomManager.roomDeletionTimeoutMillis", AT(limits.room_deletion_timeout), 100, 86'400'000,
              "A room that is terminating for so long is removed again."),
       millis("services.roomManager.roomAllocationTTLMillis", AT(limits.room_allocation_ttl), 100, 86'400'000,
              "An allocated room that never became occupied is given up after this."),
       millis("services.operationManager.operationLeaseTTLMillis", AT(limits.operation_lease_ttl), 100, 3'600'000,
              "Length of the lease shown with an operation in progress."),
       millis("reporter.metrics.intervalMillis", AT(limits.metrics_interval), 10, 3'600'000,
              "How often the gauges of rooms and instances are brought up to date."),
       span("runtimeWatcher.reconcileInterval", AT(limits.reconcile_interval), 100ms, 24h,
            "How often the runtime's own list of instances is compared with the rooms."),
       span("healthController.replacementBackoffMin", AT(limits.replacement_backoff_min), 1ms, 1h,
            "Pause before the first replacement of rooms that die at once; doubled up to the next key."),
       span("healthController.replacementBackoffMax", AT(limits.replacement_backoff_max), 1ms, 24h,
            "Longest pause before a replacement."),
       whole("limits.pendingOperations", AT(limits.operations_queue_limit), 1, 1'000'000,
             "Pending operations of one scheduler; more get 429."),
       whole("limits.schedulers", AT(limits.schedulers_limit), 1, 10'000'000, "Schedulers of this node."),
       whole("limits.rooms", AT(limits.rooms_limit), 1, 10'000'000, "Rooms of one scheduler."),
       ports(
           "adapters.portAllocator.random.range", AT(process.default_ports),
           "Host ports of schedulers that name no range; the end belongs to it. (The original ships 60001-60010, "
           "which is ten rooms.)")});
}

void add_journal_keys(std::vector<config_key>& keys) {
  keys.insert(
      keys.end(),
      {text("journal.path", AT(journal.path), true, "Folder of the journal; empty: `journal` in dataDir."),
       span("journal.retention", AT(journal.retention), 1s, 24h * 3650,
            "How long events are kept after a snapshot contains them."),
       span("journal.retentionInterval", AT(journal.retention_interval), 100ms, 24h,
            "How often older events are looked for."),
       whole("journal.snapshotAfterEvents", AT(limits.snapshot_after_events), 16, 100'000'000,
             "Events after which a snapshot is written (or twice the size of the state, if that is more)."),
       whole("journal.maxBatchRecords", AT(journal.max_batch_records), 1, 1'000'000,
             "Records that share one sync at most."),
       bytes("journal.maxBatchBytes", AT(journal.max_batch_bytes), kibi, gibi,
             "Bytes that share one sync at most."),
       bytes("journal.snapshotChunkBytes", AT(journal.snapshot_chunk_bytes), kibi, gibi,
             "Longer snapshots are written in pieces of this size, between the batches."),
       bytes("journal.blockCacheBytes", AT(journal.block_cache_bytes), mebi, 1024 * gibi,
             "Memory for what is read back."),
       bytes("journal.writeBufferBytes", AT(journal.write_buffer_bytes), mebi, 64 * gibi,
             "Memory for what is not in a sorted file yet, for each of four tables."),
       bytes("journal.walBytes", AT(journal.wal_bytes), mebi, 1024 * gibi,
             "Disk for the write-ahead log; bounds what is replayed at start.")});
}

void add_process_keys(std::vector<config_key>& keys) {
  keys.insert(
      keys.end(),
      {text("process.host", AT(process.host), false, "Address of this machine, as clients are told it."),
       text("process.roomsApiUrl", AT(process.rooms_api_url), true,
            "Where game servers reach the Rooms API (MAESTRO_ROOMS_API); empty: made of process.host and "
            "roomsApi.port."),
       text("process.secretsDir", AT(process.secrets_dir), true,
            "Secret `name`/`key` is the file of that path in this folder; empty: there are none."),
       text("process.nodeMark", AT(process.node_mark), true,
            "Marks this node's processes; empty: drawn once and kept in the data folder."),
       text("process.user", AT(process.user), true,
            "Unprivileged user, by name or number, that game servers run as; empty: the node's own."),
       list("process.inheritedEnvironment", AT(process.inherited_environment),
            "Variables that game servers get from the node's own environment."),
       truth("process.cgroups", AT(process.cgroups), "Enforce memory and CPU limits where the machine allows it."),
       text("process.cgroupParent", AT(process.cgroup_parent), true,
            "Control group below which rooms' groups are made; empty: the node's own."),
       whole("process.maxInstances", AT(process.max_instances), 1, 1'000'000, "Instances on this machine."),
       bytes("process.logFileBytes", AT(process.log_file_bytes), kibi, gibi,
             "A game server's log file is rotated at this size."),
       whole("process.logFiles", AT(process.log_files), 1, 100, "Log files kept, the current one included."),
       bytes("process.logTailBytes", AT(process.log_tail_bytes), kibi, 16 * mebi,
             "Most that one reading of a room's log answers."),
       span("process.defaultGracePeriod", AT(process.default_grace_period), 1ms, 24h,
            "Between SIGTERM and SIGKILL, for rooms that name none."),
       span("process.restartBackoffMin", AT(process.restart_backoff_min), 1ms, 1h,
            "Pause before the second restart of a container; doubled up to the next key."),
       span("process.restartBackoffMax", AT(process.restart_backoff_max), 1ms, 24h,
            "Longest pause before a restart."),
       span("process.restartBackoffReset", AT(process.restart_backoff_reset), 1ms, 24h,
            "A container that ran so long starts again without a pause."),
       span("process.orphanGracePeriod", AT(process.orphan_grace_period), 1ms, 24h,
            "Between SIGTERM and SIGKILL for processes of ours that belong to no room."),
       span("process.orphanSweepInterval", AT(process.orphan_sweep_interval), 100ms, 24h,
            "How often such processes are looked for."),
       whole("process.endedRoomsKept", AT(process.ended_rooms_kept), 0, 100'000,
             "Ended rooms of each scheduler whose logs are kept."),
       span("process.endedRoomsAge", AT(process.ended_rooms_age), 1s, 24h * 365,
            "How long they are kept at most.")});
}

void add_simulated_keys(std::vector<config_key>& keys) {
  keys.insert(
      keys.end(),
      {text("simulated.host", AT(simulated.host), false, "Address that simulated rooms claim to have."),
       span("simulated.pendingDelayMin", AT(simulated.pending_delay.min), 0s, 24h,
            "From create to pending, at least."),
       span("simulated.pendingDelayMax", AT(simulated.pending_delay.max), 0s, 24h,
            "From create to pending, at most."),
       span("simulated.readyDelayMin", AT(simulated.ready_delay.min), 0s, 24h, "From pending to ready, at least."),
       span("simulated.readyDelayMax", AT(simulated.ready_delay.max), 0s, 24h, "From pending to ready, at most."),
       span("simulated.deleteDelayMin", AT(simulated.delete_delay.min), 0s, 24h, "From delete to gone, at least."),
       span("simulated.deleteDelayMax", AT(simulated.delete_delay.max), 0s, 24h, "From delete to gone, at most."),
       span("simulated.timeToDeathMin", AT(simulated.time_to_death.min), 0s, 24h * 365,
            "Of those that die, at least."),
       span("simulated.timeToDeathMax", AT(simulated.time_to_death.max), 0s, 24h * 365,
            "Of those that die, at most."),
       chance("simulated.createFailureProbability", AT(simulated.create_failure_probability),
              "Creations that are refused."),
       chance("simulated.portConflictProbability", AT(simulated.port_conflict_probability),
              "Creations that find their port taken."),
       chance("simulated.neverReadyProbability", AT(simulated.never_ready_probability),
              "Instances that stay pending for ever."),
       chance("simulated.deathProbability", AT(simulated.death_probability), "Instances that die by themselves."),
       whole("simulated.maxInstances", AT(simulated.max_instances), 1, 10'000'000, "Simulated instances.")});
}

#undef AT

} // namespace

const std::vector<config_key>& config_keys() {
  static const std::vector<config_key> all = [] {
    std::vector<config_key> keys;
    add_node_keys(keys);
    add_door_keys(keys);
    add_work_keys(keys);
    add_journal_keys(keys);
    add_process_keys(keys);
    add_simulated_keys(keys);
    return keys;
  }();
  return all;
}

} // namespace maestro
