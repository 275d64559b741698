#include "nodes/config/config_keys.hpp"

#include "messages/text.hpp"
#include "runtime/runtime_configs.hpp"

#include <algorithm>
#include <cctype>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kibi = 1024, mebi = 1024 * kibi, gibi = 1024 * mebi;

std::string role_names(const std::set<node_role>& roles) {
  std::vector<std::string> names;
  for (auto role : roles)
    names.push_back(to_string(role));
  return join_list(names);
}

bool read_roles(std::string_view text, std::set<node_role>& roles) {
  std::set<node_role> chosen;
  for (auto& item : split_list(text)) {
    auto named = [&](node_role role) { return to_string(role) == lower_case(item); };
    auto found = std::find_if(all_roles().begin(), all_roles().end(), named);
    if (found == all_roles().end())
      return false;
    chosen.insert(*found);
  }
  if (!chosen.empty())
    roles = chosen;
  return !chosen.empty();
}

std::vector<std::pair<std::string, std::string>> runtime_words() {
  std::vector<std::pair<std::string, std::string>> words;
  for (auto name : runtime_names)
    words.emplace_back(name, name);
  return words;
}

void add_node_keys(config_table& keys, node_config& all) {
  keys.text("dataDir", all.data_dir,
            "Folder of everything this node remembers: the journal, and the rooms' folders and logs.");
  keys.add(
      "roles", "Components that this node runs.", "a list of at least one of " + role_names(all_roles()),
      [&roles = all.roles](std::string_view text) { return read_roles(text, roles); },
      [&roles = all.roles] { return role_names(roles); });
  keys.choice("runtime", all.runtime, runtime_words(),
              "Where rooms run: as local processes, or only as data (tests, scale).");
  keys.choice("log.level", all.logging.level,
              {{"debug", log_level::debug},
               {"info", log_level::info},
               {"warn", log_level::warn},
               {"error", log_level::error},
               {"off", log_level::off}},
              "The lowest level that is written.");
  keys.choice("log.format", all.logging.format, {{"json", log_format::json}, {"console", log_format::console}},
              "One JSON object per line for machines, or text for people.");
  keys.whole("log.queueLines", all.logging.queue_lines, 16, 1'000'000,
             "Lines that wait for a slow reader; beyond, the oldest are dropped.");
}

void add_limit_keys(config_table& keys, gateway_config& doors) {
  keys.whole("api.maxConnections", doors.management.connections, 1, 1'000'000,
             "Open connections of the Management API. At the limit the one that has been idle longest is closed.");
  keys.whole("internalApi.maxConnections", doors.internal.connections, 1, 1'000'000,
             "Open connections of the internal API. At the limit the one that has been idle longest is closed.");
  keys.whole("gateway.maxConnections", doors.rooms.connections, 1, 1'000'000,
             "Open connections of the Rooms API. At the limit the one that has been idle longest is closed.");
  keys.bytes(
      "api.maxBufferBytes", doors.management.buffer_bytes, mebi, 1024 * gibi,
      "Memory of the Management API for bodies that are not whole yet and answers that are not read yet; more "
      "gets 503. A connection's first 8 KiB are not counted.");
  keys.bytes(
      "internalApi.maxBufferBytes", doors.internal.buffer_bytes, mebi, 1024 * gibi,
      "Memory of the internal API for bodies and answers, as api.maxBufferBytes is for the Management API.");
  keys.bytes("roomsApi.maxBufferBytes", doors.rooms.buffer_bytes, mebi, 1024 * gibi,
             "Memory of the Rooms API for bodies and answers, as api.maxBufferBytes is for the Management API.");
  keys.bytes("gateway.maxBodyBytes", doors.management.body_bytes, kibi, gibi,
             "Longest body at the Management API; more gets 413.");
  keys.bytes("roomsApi.maxBodyBytes", doors.rooms.body_bytes, kibi, gibi,
             "Longest body at the Rooms API; more gets 413.");
  keys.whole(
      "gateway.maxPipelined", doors.rooms.in_flight, 1, 1024,
      "Requests of one connection of the Rooms API being answered; then reading pauses. The other doors answer "
      "one after the other.");
}

/// Of one API; HTTP's keys stand beside them.
void add_grpc_keys(config_table& keys, const std::string& api, std::uint16_t& port, grpc_limits& limits) {
  keys.whole(api + ".grpcPort", port, 0, UINT16_MAX, "Port of this API over gRPC; 0: closed.");
  keys.whole(api + ".grpcMaxCalls", limits.calls, 1, 1'000'000,
             "gRPC calls being answered; more get RESOURCE_EXHAUSTED.");
  keys.bytes(api + ".grpcMaxMessageBytes", limits.message_bytes, kibi, gibi,
             "Longest gRPC request; more gets RESOURCE_EXHAUSTED.");
  keys.bytes(api + ".grpcMaxBufferBytes", limits.buffer_bytes, mebi, 1024 * gibi,
             "Memory of all gRPC connections; beyond, idle ones are closed and no new ones are taken.");
}

void add_recipe_keys(config_table& keys, recipe_bounds& recipes) {
  keys.bytes(
      "limits.schedulerBytes", recipes.scheduler_bytes, kibi, gibi,
      "What an operator may send as one scheduler, all its fields together; more gets 400. In a cluster at most a "
      "third of cluster.journal.maxTransactionBytes.");
  keys.bytes(
      "limits.recipeBytes", recipes.node_bytes, mebi, 1024 * gibi,
      "All versions of all schedulers of this node, which are kept in memory; a new one beyond it gets 429.");
  keys.bytes("limits.gameBytes", recipes.game_bytes, 1, kibi,
             "Longest name of a game, which stands in every series of its schedulers.");
}

void add_door_keys(config_table& keys, node_config& all) {
  keys.port("api.port", all.gateway.management_port, "Management API.");
  add_grpc_keys(keys, "api", all.gateway.management_grpc_port, all.gateway.management_grpc);
  keys.span("api.gracefulShutdownTimeout", all.gateway.shutdown_timeout, 0s, 1h,
            "How long requests that are under way may take when the node stops.");
  keys.port("roomsApi.port", all.gateway.rooms_port, "Rooms API, which game servers and matchmakers call.");
  add_grpc_keys(keys, "roomsApi", all.gateway.rooms_grpc_port, all.gateway.rooms_grpc);
  keys.port("internalApi.port", all.gateway.internal_port, "Health, readiness and metrics.");
  keys.text("api.bindAddress", all.gateway.bind_address, "Numeric address that all ports listen on.");
  keys.list(
      "api.hosts", all.gateway.hosts,
      "Names (Host headers) that clients call this node by, besides addresses, loopback names, names without a "
      "dot, private ones (`.local`, `.internal`, `.svc`, `.home.arpa`), process.host and the host of "
      "process.roomsApiUrl; `*.example.org` stands for all names below, `*` for any. Others get 421. Empty: "
      "behind a loopback address none, beyond it any name that comes from no browser.");
  keys.list("api.origins", all.gateway.origins,
            "Web pages that may call the doors, as a browser's Origin header names them "
            "(`https://console.example.org`), besides pages that a door itself served. Others get 403.");
  keys.whole("gateway.ioThreads", all.gateway.io_threads, 1, 64, "Threads that read and write connections.");
  add_limit_keys(keys, all.gateway);
  keys.whole("gateway.maxInFlight", all.gateway.max_in_flight, 1, 1'000'000,
             "Requests being answered; more get 503.");
  keys.whole("gateway.roomCacheEntries", all.gateway.room_cache_size, 1, 100'000'000,
             "Rooms whose place the Rooms API remembers; a ping of another one asks one question more.");
  keys.bytes("gateway.maxHeaderBytes", all.gateway.max_header_bytes, kibi, mebi,
             "Longest header, and longest chunk extensions and trailers; more gets 431.");
  keys.span("gateway.idleTimeout", all.gateway.idle_timeout, 100ms, 24h,
            "A connection without a request is closed after this.");
  keys.span("gateway.readTimeout", all.gateway.read_timeout, 100ms, 1h, "For receiving one whole request.");
  keys.span("gateway.writeTimeout", all.gateway.write_timeout, 100ms, 1h, "For sending one whole answer.");
  keys.span("gateway.requestTimeout", all.gateway.request_timeout, 100ms, 1h, "For finding the answer; then 504.");
}

void add_work_keys(config_table& keys, node_config& all) {
  keys.span("workers.healthControllerInterval", all.settings.health_controller_interval, 10ms, 24h,
            "How often each scheduler compares the rooms it has with the rooms it wants.");
  keys.span("workers.storageClenupInterval", all.settings.storage_cleanup_interval, 100ms, 24h * 30,
            "Mean time between removals of expired operations. (The spelling is the original's.)");
  keys.span("workers.redis.operationsTTL", all.settings.operations_ttl, 1s, 24h * 365,
            "How long finished add_rooms, remove_rooms, health_controller and storage_clean_up operations are "
            "kept, "
            "from their creation. (Named after the original's store; ours is the journal.)");
  keys.whole("operations.rooms.add.limit", all.settings.add_limit, 1, 1'000'000,
             "Most rooms that one add_rooms operation adds.");
  keys.whole("operations.rooms.add.batchSize", all.settings.add_batch_size, 1, 100'000,
             "Rooms being created at the same time.");
  keys.span("operations.rooms.add.operationTimeout", all.settings.add_operation_timeout, 100ms, 1h,
            "For the runtime's answer to one creation.");
  keys.whole("operations.rooms.remove.limit", all.settings.remove_limit, 1, 1'000'000,
             "Most rooms that one remove_rooms operation removes by amount.");
  keys.span(
      "operations.rooms.drainDeadline", all.settings.drain_deadline, 0s, 24h * 365,
      "A room that is to go, but holds players, takes no new match; after this it is ended with its players. "
      "0: never.");
  keys.millis("services.roomManager.roomPingTimeoutMillis", all.settings.room_ping_timeout, 100, 86'400'000,
              "A room that did not ping for so long is replaced.");
  keys.millis("services.roomManager.roomInitializationTimeoutMillis", all.settings.room_initialization_timeout,
              100, 86'400'000, "A room that is not ready so long after its creation is replaced.");
  keys.millis("services.roomManager.roomDeletionTimeoutMillis", all.settings.room_deletion_timeout, 100,
              86'400'000, "A room that is terminating for so long is removed again.");
  keys.millis("services.roomManager.roomAllocationTTLMillis", all.settings.room_allocation_ttl, 100, 86'400'000,
              "An allocated room that never became occupied is given up after this.");
  keys.millis("services.roomManager.roomValidationTimeoutMillis", all.settings.room_validation_timeout, 100,
              86'400'000, "How long the room that tries out a new version may take to come up.");
  keys.whole("services.roomManager.roomValidationAttempts", all.settings.room_validation_attempts, 1, 100,
             "How often that is tried before the new version is refused.");
  keys.choice("services.roomManager.roomValidationAcceptOccupiedStatus",
              all.settings.room_validation_accepts_occupied, {{"false", false}, {"true", true}},
              "Whether a room that holds players at once has come up too.");
  keys.millis("services.operationManager.operationLeaseTTLMillis", all.settings.operation_lease_ttl, 100,
              3'600'000, "Length of the lease shown with an operation in progress.");
  keys.millis("reporter.metrics.intervalMillis", all.settings.metrics_interval, 10, 3'600'000,
              "How often the gauges of rooms and instances are brought up to date.");
  keys.whole("reporter.metrics.schedulers", all.settings.metrics_schedulers, 0, 10'000'000,
             "Schedulers with series of their own; what happens in the others is counted together, as scheduler "
             "`other` of game `other`. A scheduler has about 30 series, 5 KB of each scrape.");
  keys.span("runtimeWatcher.reconcileInterval", all.settings.reconcile_interval, 100ms, 24h,
            "How often the runtime's own list of instances is compared with the rooms.");
  keys.whole("runtimeWatcher.pageSize", all.settings.instances_per_page, 1, 100'000,
             "Instances of that list that are looked at together; pings and allocations come in between.");
  keys.whole("healthController.expiredLimit", all.settings.expired_limit, 1, 1'000'000,
             "Most rooms over their time that one remove_rooms operation ends; the next one follows at once.");
  keys.whole("healthController.silenceBrakePercent", all.settings.silence_brake_percent, 1, 100,
             "When more than this share of a scheduler's rooms falls silent at once, it is taken for our fault or "
             "the network's: they are ended only after one more pingTimeout. 100: never taken so.");
  keys.span("healthController.lookIntervalMin", all.settings.look_interval_min, 10ms, 1h,
            "Pause between two looks at the rooms of a scheduler that follow changes (autoscaling, roll-out).");
  keys.span("healthController.replacementBackoffMin", all.settings.replacement_backoff_min, 1ms, 1h,
            "Pause before the first replacement of rooms that die at once; doubled up to the next key.");
  keys.span("healthController.replacementBackoffMax", all.settings.replacement_backoff_max, 1ms, 24h,
            "Longest pause before a replacement.");
  keys.span("limits.journalTimeout", all.settings.journal_timeout, 100ms, 1h,
            "For the journal's answer about a finished operation; then 504, or the operation fails.");
  keys.span("limits.runtimeTimeout", all.settings.runtime_timeout, 100ms, 1h,
            "For the runtime to make or remove a scheduler's place or to list its instances; then the operation "
            "fails, or the next turn asks again.");
  keys.whole("limits.pendingOperations", all.settings.operations_queue_limit, 1, 1'000'000,
             "Pending operations of one scheduler; more get 429.");
  keys.whole("limits.schedulers", all.settings.schedulers_limit, 1, 10'000'000, "Schedulers of this node.");
  add_recipe_keys(keys, all.gateway.recipes);
  keys.whole("limits.versions", all.settings.versions_limit, 2, 100'000,
             "Stored versions of one scheduler; beyond, the oldest that is not active is forgotten.");
  keys.whole("limits.rooms", all.settings.rooms_limit, 1, 10'000'000, "Rooms of one scheduler.");
  keys.whole("limits.timelines", all.settings.timeline_queries_limit, 1, 10'000,
             "Timelines that are read at the same time; more get 429.");
  keys.whole("limits.timelineLines", all.settings.timeline_lines_limit, 2, 1'000'000,
             "Lines of one timeline; of longer ones the first and the newest are shown.");
}

void add_forwarding_keys(config_table& keys, node_config& all) {
  keys.whole(
      "services.eventsForwarder.queueLimit", all.settings.forwarding_queue_limit, 1, 1'000'000'000,
      "Events of a scheduler's rooms, of any kind, that a matchmaker may be behind; what is older is dropped.");
  keys.whole("services.eventsForwarder.resyncLimit", all.settings.forwarding_resyncs_limit, 1, 10'000'000,
             "Rooms whose newest ping may wait for a matchmaker; beyond, the oldest is dropped.");
  keys.bytes("services.eventsForwarder.queueBytes", all.settings.forwarding_queue_bytes, mebi, 64 * gibi,
             "Memory for what waits for one matchmaker; what else has to wait for it stays in the journal.");
  keys.whole("services.eventsForwarder.calls", all.settings.forwarding_calls, 1, 10'000,
             "Calls at one matchmaker at the same time, each of another room.");
  keys.whole(
      "services.eventsForwarder.tries", all.settings.forwarding_tries, 1, 1'000'000,
      "Calls for one event that nobody answers while the same matchmaker answers others; then it is dropped.");
  keys.truth("services.eventsForwarder.plainIntegers", all.settings.forwarding_plain_integers,
             "Write whole numbers of metadata as such, `12345678`; else as the original does, `1.2345678e+07`.");
  keys.span("services.eventsForwarder.cursorInterval", all.settings.forwarding_cursor_interval, 10ms, 1h,
            "How often it is written down how far a matchmaker is; what came since is told again after a crash.");
  keys.span("adapters.grpc.keepAlive.time", all.matchmakers.keepalive_time, 10s, 24h,
            "After so long without a byte a matchmaker whose answer is awaited is asked whether it is there.");
  keys.span("adapters.grpc.keepAlive.timeout", all.matchmakers.keepalive_timeout, 100ms, 1h,
            "For its answer to that; then the connection is given up.");
}

void add_journal_keys(config_table& keys, node_config& all) {
  keys.optional_text("journal.path", all.journal.path, "Folder of the journal; empty: `journal` in dataDir.");
  keys.span("journal.retention", all.journal.retention, 1s, 24h * 3650,
            "How long events are kept after a snapshot contains them.");
  keys.span("journal.retentionInterval", all.journal.retention_interval, 100ms, 24h,
            "How often older events are looked for.");
  keys.whole("journal.snapshotAfterEvents", all.settings.snapshot_after_events, 16, 100'000'000,
             "Events after which a snapshot is written (or twice the size of the state, if that is more).");
  keys.whole("journal.snapshotPartEntries", all.settings.snapshot_part_entries, 1, 1'000'000,
             "Rooms that one turn of a room pool puts into its snapshot.");
  keys.whole("journal.readers", all.journal.readers, 1, 64, "Threads that read, above all at a start.");
  keys.whole("journal.maxReadRecords", all.journal.max_read_records, 1, 1'000'000,
             "Events that are read at once.");
  keys.bytes("journal.maxReadBytes", all.journal.max_read_bytes, kibi, gibi, "Bytes of events read at once.");
  keys.whole("journal.maxWatchers", all.journal.max_watchers, 1, 1'000'000,
             "Subscriptions to what becomes durable; more get 429.");
  keys.whole("journal.maxBatchRecords", all.journal.max_batch_records, 1, 1'000'000,
             "Records that share one sync at most.");
  keys.bytes("journal.maxBatchBytes", all.journal.max_batch_bytes, kibi, gibi,
             "Bytes that share one sync at most.");
  keys.bytes("journal.snapshotChunkBytes", all.journal.snapshot_chunk_bytes, kibi, gibi,
             "Longer snapshots are written in pieces of this size, between the batches.");
  keys.bytes("journal.blockCacheBytes", all.journal.block_cache_bytes, mebi, 1024 * gibi,
             "Memory for what is read back.");
  keys.bytes("journal.writeBufferBytes", all.journal.write_buffer_bytes, mebi, 64 * gibi,
             "Memory for what is not in a sorted file yet, for each of four tables.");
  keys.bytes("journal.walBytes", all.journal.wal_bytes, mebi, 1024 * gibi,
             "Disk for the write-ahead log; bounds what is replayed at start.");
  keys.bytes("journal.reserveBytes", all.journal.reserve_bytes, 0, 1024 * gibi,
             "With less free on its disk the journal is read-only until there is more; as much again is kept in a "
             "file, so that a start on a full disk is possible. 0: neither.");
}

void add_cluster_keys(config_table& keys, cluster_config& all) {
  keys.list(
      "cluster.etcd.endpoints", all.etcd.endpoints,
      "etcd, where the nodes of a cluster agree: `http://host:2379` or `https://host:2379`, several of one etcd "
      "cluster. Empty: the node stands alone.");
  keys.optional_text("cluster.etcd.caFile", all.etcd.ca_file,
                     "PEM of who signed etcd's certificate; empty: whoever the system trusts.");
  keys.optional_text("cluster.etcd.certFile", all.etcd.certificate_file,
                     "PEM of this node's certificate for etcd; empty: none.");
  keys.optional_text("cluster.etcd.keyFile", all.etcd.key_file, "PEM of its key.");
  keys.span("cluster.etcd.timeout", all.etcd.timeout, 100ms, 60s, "For etcd's answer to one call.");
  keys.span("cluster.lease", all.etcd.lease, 2s, 10min,
            "A node that was not heard of for so long is not in the cluster any more.");
  keys.text("cluster.name", all.name, "Which cluster, where several share one etcd.");
  keys.optional_text("cluster.node", all.node,
                     "Name of this node in its cluster: small letters, digits and dashes, for as long as its data "
                     "directory lives. Empty: the machine's name.");
  keys.text("cluster.listen", all.listen, "host:port where the other nodes reach this one.");
  keys.optional_text("cluster.advertise", all.advertise,
                     "host:port that the other nodes are told; empty: what it listens on.");
  keys.optional_text(
      "cluster.tls.caFile", all.tls.ca_file,
      "PEM of the cluster's own authority (`maestro cluster ca init`): whoever has a certificate of it is a "
      "node. Empty, like the next two: nodes talk without TLS, on loopback only.");
  keys.optional_text("cluster.tls.certFile", all.tls.certificate_file,
                     "PEM of this node's certificate (`maestro cluster ca issue NODE`).");
  keys.optional_text("cluster.tls.keyFile", all.tls.key_file, "PEM of its key.");
  keys.optional_text("cluster.zone", all.zone, "Where the machine stands: a rack, a zone.");
  keys.list("cluster.labels", all.labels, "What else operators want to know of the node, as `key=value`.");
  keys.optional_text("cluster.offer.cpu", all.offer_cpu,
                     "Cores that the machine has for rooms, as `3500m` or `4`: rooms go only where what their "
                     "containers request is left. Empty: all of the machine's. 0: they are not counted.");
  keys.optional_text("cluster.offer.memory", all.offer_memory,
                     "Memory that it has for them, as `12Gi`; likewise.");
  keys.optional_text(
      "cluster.roomsApi", all.rooms_api,
      "Base URL at which game servers of other machines reach this node's Rooms API when their own "
      "node does not answer (MAESTRO_ROOMS_APIS). Empty: made of where the other nodes reach this "
      "one and roomsApi.port, unless only this machine reaches that. `none`: they are not told of it.");
  keys.span("cluster.requestTimeout", all.settings.request_timeout, 100ms, 1h,
            "For another node's answer; then 504.");
  keys.whole("cluster.maxInFlight", all.settings.requests_limit, 1, 100'000,
             "Requests that wait for one other node; more get 429.");
  keys.span("cluster.handoverPatience", all.settings.handover_patience, 0ms, 1min,
            "How long a request waits for a scheduler that moves to another node.");
  keys.span(
      "cluster.hostLostAfter", all.settings.host_lost_after, 1s, 24h,
      "A machine that is not reached for so long: others take the place of its rooms, which are left alone.");
  keys.whole("cluster.maxRemoteRooms", all.settings.rooms_limit, 1, 100'000'000,
             "Rooms that neighbours ping through this node, whose place it remembers.");
  keys.whole("cluster.maxLookups", all.settings.lookups_limit, 1, 100'000,
             "Questions to etcd at once for schedulers that nobody has heard of.");
  keys.span("cluster.compareInterval", all.settings.compare_interval, 100ms, 1h,
            "How often what this node's journal has is compared with what the cluster says it owns.");
}

void add_shared_journal_keys(config_table& keys, shared_journal_settings& all) {
  keys.whole("cluster.journal.copies", all.copies, 1, 99,
             "Nodes on whose disks an event is before etcd forgets it; all, where there are fewer.");
  keys.whole("cluster.journal.maxTransactionOperations", all.lot_operations, 16, 100'000,
             "Conditions, or writes, of one transaction: below etcd's --max-txn-ops.");
  keys.bytes(
      "cluster.journal.maxTransactionBytes", all.lot_bytes, 64 * kibi, 64 * mebi,
      "Of the events of one transaction: well below etcd's --max-request-bytes. A longer batch is refused.");
  keys.whole("cluster.journal.maxWaiting", all.waiting_batches, 1, 10'000'000,
             "Batches that wait for their transaction; more are refused.");
  keys.bytes("cluster.journal.maxWaitingBytes", all.waiting_bytes, mebi, 64 * gibi,
             "Bytes of the batches that wait for their transaction; more are refused.");
  keys.bytes("cluster.journal.maxCopyingBytes", all.copying_bytes, mebi, 64 * gibi,
             "Events that wait for this node's disk; what is beyond is read again.");
  keys.whole("cluster.journal.commitSiblings", all.commit_siblings, 1, 1'000'000,
             "Where a transaction held so many changes or more, the next one waits for those who were just "
             "answered: they "
             "come again.");
  keys.span("cluster.journal.commitDelay", all.commit_delay, 0ms, 10s,
            "How long that next one waits at most; 0: not at all.");
  keys.span(
      "cluster.journal.copyDelay", all.copy_delay, 0ms, 10s,
      "What etcd tells of is written to this node's disk together with what comes in this time, at once where "
      "somebody waits for it.");
  keys.span("cluster.journal.doubtLimit", all.doubt_limit, 100ms, 1min,
            "When the outcome of a transaction is unknown for longer, new ones are refused. etcd takes up to some "
            "three seconds to elect a leader.");
  keys.span("cluster.journal.trimInterval", all.trim_interval, 100ms, 1h,
            "How often etcd is told to forget what is on enough disks.");
  keys.span("cluster.journal.compactInterval", all.compact_interval, 1s, 24h,
            "How often etcd is told to use the space of it again.");
}

} // namespace

config_table config_keys(node_config& all) {
  config_table keys;
  add_node_keys(keys, all);
  add_door_keys(keys, all);
  add_work_keys(keys, all);
  add_forwarding_keys(keys, all);
  add_journal_keys(keys, all);
  add_cluster_keys(keys, all.cluster);
  add_shared_journal_keys(keys, all.cluster.journal);
  for_each_runtime(all.runtimes, [&](auto& one) { describe(one, keys); });
  return keys;
}

const std::vector<ignored_key>& ignored_keys() {
  static const std::vector<ignored_key> keys{
      {"api.tracing.*", "there is no tracing"},
      {"api.metrics.*", "metrics are always on"},
      {"internalapi.gracefulshutdowntimeout", "api.gracefulShutdownTimeout rules all doors"},
      {"internalapi.metrics.*", "metrics are always on"},
      {"internalapi.healthcheck.*", "health checks are always on"},
      {"adapters.redis.*", "there is no Redis"},
      {"adapters.*.redis.*", "there is no Redis"},
      {"adapters.schedulerstorage.*", "there is no Postgres"},
      {"adapters.portallocator.*", "a recipe names the range of its host ports, there is no other"},
      {"adapters.runtime.kubernetes.*", "the Kubernetes runtime comes later"},
      {"workers.syncinterval", "a new scheduler is served at once"},
      {"workers.stoptimeoutduration", "api.gracefulShutdownTimeout rules the stop"},
      {"runtimewatcher.disruptionworker.*", "there are no disruption budgets without Kubernetes"},
      {"services.eventsforwarder.schedulercachettlmillis", "there is no cache that could be old"},
      {"migration.*", "there is no Postgres"}};
  return keys;
}

std::string environment_name(std::string_view path) {
  std::string name = "MAESTRO_";
  for (char c : path)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

} // namespace maestro
