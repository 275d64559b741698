// Every metric of the node on one page (proto/README.md 8.3): its name, help, labels and buckets, and who has series
// of its own. actors/metrics fills them; nobody else includes this.
#pragma once

#include "actors/metric_family.hpp"
#include "actors/metrics.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

using counters = metric_family<prometheus::Counter>;
using gauges = metric_family<prometheus::Gauge>;
using histograms = metric_family<prometheus::Histogram>;
using boundaries = prometheus::Histogram::BucketBoundaries;

inline const boundaries milliseconds_buckets{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};
inline const boundaries seconds_buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
inline const boundaries sync_buckets{.25, .5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500}; // ms
inline const boundaries stay_buckets{1, 5, 15, 60, 300, 1800, 7200, 43200};                      // s
inline const boundaries size_buckets{1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

inline constexpr std::array room_gauges{"pending", "unready", "ready",  "occupied", "terminating",
                                        "error",   "",        "active", "allocated"};
inline constexpr std::array instance_gauges{"unknown", "pending", "ready", "terminating", "error"};
static_assert(room_gauges.size() == room_status_count);

/// The families and their series; safe from any thread.
struct metric_table {
  metric_table() {
    for (std::string status : room_gauges)
      rooms.push_back(status.empty() ? nullptr : status_gauge("gru_", "Game rooms", status));
    for (std::string status : instance_gauges)
      instances.push_back(status_gauge("instance_", "Game room instances", status));
    build_info.with("", {MAESTRO_VERSION}, [](auto& x) { x.Set(1); });
  }

  std::vector<const prometheus::Collectable*> families; ///< in order of declaration
  const std::vector<std::string> by_game{"game", "scheduler"};

  counters counter(const char* name, std::string help, std::vector<std::string> labels) {
    return {families, name, help + " (counter)", std::move(labels)};
  }
  gauges gauge(const std::string& name, std::string help, std::vector<std::string> labels) {
    return {families, name, help + " (gauge)", std::move(labels)};
  }
  histograms histogram(const char* name, std::string help, std::vector<std::string> labels, boundaries buckets) {
    return {families, name, std::move(help), std::move(labels), std::move(buckets)};
  }
  gauges by_game_gauge(const char* what, std::string help) {
    return gauge(std::string("maestro_worker_") + what, std::move(help), by_game);
  }

  histograms executed =
      histogram("maestro_worker_operation_execution_latency", "Time from start to end of an operation (latency)",
                {"game", "scheduler", "operation", "success"}, milliseconds_buckets);
  histograms rolled_back = histogram("maestro_worker_operation_rollback_latency",
                                     "Time from start to end of an operation's rollback (latency)",
                                     {"game", "scheduler", "operation", "success"}, milliseconds_buckets);
  counters add_failed = counter("maestro_worker_add_rooms_operation_execution_failed_total",
                                "Rooms that an add_rooms operation could not create", {"scheduler", "operation"});
  counters remove_failed =
      counter("maestro_worker_remove_rooms_operation_deletion_failed_total_total",
              "Rooms that a remove_rooms operation could not delete", {"scheduler", "operation"});
  gauges desired = by_game_gauge("desired_rooms", "Rooms the scheduler wants");
  gauges current = by_game_gauge("current_rooms", "Rooms the scheduler has available");
  gauges degraded = gauge("maestro_scheduler_degraded", "Whether the scheduler is not as it should be", by_game);
  gauges timed_out = by_game_gauge("rooms_with_termination_timeout", "Rooms whose removal exceeded its deadline");
  gauges proper = by_game_gauge("rooms_properly_terminated", "Rooms whose removal is in time");
  gauges running = by_game_gauge("running_matches", "Matches that run in the scheduler's rooms");
  gauges allocated_slots =
      by_game_gauge("allocated_slots", "Matches that allocations have promised a place and no ping has shown yet");
  gauges max_matches = by_game_gauge("max_matches", "Matches that one room takes at most");
  gauges ready_target = by_game_gauge("ready_target", "Share of ready rooms that autoscaling aims at");
  gauges fixed_buffer = by_game_gauge("fixed_buffer", "Ready rooms that autoscaling keeps in reserve");
  std::vector<std::unique_ptr<gauges>> rooms, instances; ///< by enum value; terminated has none
  counters instance_events = counter("maestro_watcher_number_of_events_processed_total",
                                     "Runtime events processed", {"scheduler", "instanceEventType", "success"});
  gauges workers = gauge("maestro_current_workers", "Workers alive", {"scheduler", "maestro_component"});
  counters ping_failed = counter("maestro_api_ping_handler_update_room_failures_total",
                                 "Pings whose change could not be applied", {"scheduler"});
  counters silenced = counter("maestro_rooms_silenced_total",
                              "Game servers that were asked and did not answer any more", {"scheduler"});
  counters allocations = counter("maestro_api_room_allocations_total", "Wishes for a room by what became of them",
                                 {"scheduler", "result"});
  histograms allocation_took =
      histogram("maestro_api_room_allocation_latency", "Time from a wish for a room to its answer (latency)",
                {"result"}, milliseconds_buckets);
  histograms stays = histogram("maestro_worker_room_status_duration_seconds",
                               "How long rooms were in a status when they left it (latency)",
                               {"scheduler", "status"}, stay_buckets);
  counters room_told = counter("maestro_api_success_room_event_forwarding_total",
                               "Room events that matchmakers took", {"game", "scheduler", "code"});
  counters room_untold =
      counter("maestro_api_failed_room_event_forwarding_total",
              "Calls with room events that matchmakers did not take", {"game", "scheduler", "code"});
  counters player_told = counter("maestro_api_success_player_event_forwarding_total",
                                 "Player events that matchmakers took", {"game", "scheduler", "code"});
  counters player_untold =
      counter("maestro_api_failed_player_event_forwarding_total",
              "Calls with player events that matchmakers did not take", {"game", "scheduler", "code"});
  counters ping_untold = counter("maestro_api_failed_ping_forwarding_total",
                                 "Calls with pings that matchmakers did not take", {"scheduler"});
  histograms matchmaker_took =
      histogram("maestro_worker_grpc_request_latency", "Duration of calls at matchmakers (latency)",
                {"service", "method", "code"}, milliseconds_buckets);
  counters dropped = counter("maestro_api_events_dropped_total", "Events and pings that a matchmaker was not told",
                             {"scheduler", "forwarder", "kind"});
  gauges queue_length = gauge("maestro_api_forwarder_queue_length", "Events and pings that wait for a matchmaker",
                              {"scheduler", "forwarder"});
  gauges queue_lag = gauge("maestro_api_forwarder_lag_seconds", "How long the oldest of them has waited",
                           {"scheduler", "forwarder"});
  histograms http_took = histogram("http_request_duration_seconds", "Duration of HTTP requests (latency)",
                                   {"service", "handler", "method", "code"}, seconds_buckets);
  histograms http_size = histogram("http_response_size_bytes", "Size of HTTP responses (bytes)",
                                   {"service", "handler", "method", "code"}, size_buckets);
  gauges http_inflight = gauge("http_requests_inflight", "HTTP requests being handled", {"service", "handler"});

  gauges build_info = gauge("maestro_build_info", "What runs here: always 1", {"version"});
  counters clock_irregularities = counter(
      "maestro_clock_irregularities_total",
      "Times that the wall clock stepped, or the node did not run for a while: every time limit began anew",
      {"kind"});
  gauges ready = gauge("maestro_ready", "Whether the node serves: 1 while /readyz is 200", {});

  histograms commit_took =
      histogram("maestro_journal_commit_latency", "Time to write and sync one batch of the journal (latency)", {},
                sync_buckets);
  histograms commit_size =
      histogram("maestro_journal_commit_bytes", "Size of one batch of the journal (bytes)", {}, size_buckets);
  gauges read_only = gauge("maestro_journal_read_only", "Whether the journal takes no writes", {});
  gauges disk_free = gauge("maestro_journal_disk_free_bytes", "Free on the disk of the journal, in bytes", {});
  gauges disk_reserve =
      gauge("maestro_journal_disk_reserve_bytes", "What must be free on it for writing, in bytes", {});

  gauges cluster_nodes = gauge("maestro_cluster_nodes", "Nodes of the cluster, as this one sees them", {"status"});
  gauges cluster_schedulers =
      gauge("maestro_cluster_schedulers", "Schedulers that this node serves, or that come or go", {"state"});
  gauges store_up = gauge("maestro_cluster_store_up", "Whether the cluster's store answers this node", {});
  counters takeovers =
      counter("maestro_cluster_takeovers_total", "Schedulers that this node took over from one that was lost", {});
  histograms handover_took = histogram("maestro_cluster_handover_seconds",
                                       "Time to give a scheduler to another node (latency)", {}, seconds_buckets);
  histograms cluster_commit_took =
      histogram("maestro_cluster_commit_latency", "Time of one transaction of the journal in the store (latency)",
                {}, sync_buckets);
  counters deposed_writes = counter("maestro_cluster_deposed_writes_total",
                                    "Batches that were refused, for the scheduler had another owner", {});
  gauges journal_in_store =
      gauge("maestro_cluster_journal_transactions", "Transactions that are not yet on enough nodes' disks", {});
  gauges copy_waiting =
      gauge("maestro_cluster_copy_waiting_bytes", "Of the journal, what waits for this node's disk", {});

  std::mutex process_mutex;
  std::function<journal_usage()> read_journal;
  std::function<process_usage()> read_process;
  counters process_cpu = counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds", {});
  gauges process_start = gauge("process_start_time_seconds", "Start of the process, in unix seconds", {});
  gauges process_resident = gauge("process_resident_memory_bytes", "Resident memory in bytes", {});
  gauges process_virtual = gauge("process_virtual_memory_bytes", "Virtual memory in bytes", {});
  gauges process_open = gauge("process_open_fds", "Open file descriptors", {});
  gauges process_limit = gauge("process_max_fds", "Open file descriptors allowed", {});

  // -- who has series of its own: the first ones that come, as long as they live
  std::size_t own_max = 1000;
  std::shared_mutex own_mutex;
  std::set<std::string, std::less<>> own;

  /// Under which all others are counted: whoever has that name is one of them, else two series would have the same labels.
  static constexpr std::string_view rest = "other";

  bool has_own(const std::string& scheduler) {
    if (scheduler == rest)
      return false;
    {
      std::shared_lock lock(own_mutex);
      if (own.contains(scheduler))
        return true;
      if (own.size() >= own_max)
        return false;
    }
    std::unique_lock lock(own_mutex);
    return own.contains(scheduler) || (own.size() < own_max && own.insert(scheduler).second);
  }

  /// The labels under which a scheduler is counted, and whose end they go with.
  struct seat {
    std::string_view owner, game, scheduler;
  };
  seat seat_of(std::string_view game, const scheduler_name& scheduler) {
    if (has_own(scheduler.value))
      return {scheduler.value, game, scheduler.value};
    return {"", rest, rest};
  }

  // -- the report under way: what the schedulers without series of their own have together
  std::mutex others_mutex;
  room_counts others;
  std::int64_t others_matches_max = 0;
  bool has_others = false;

  void add_to_others(const scheduler& recipe, const room_counts& counts) {
    std::scoped_lock lock(others_mutex);
    has_others = true;
    for (std::size_t i = 0; i < counts.rooms.size() && i < others.rooms.size(); ++i)
      others.rooms[i] += counts.rooms[i];
    for (std::size_t i = 0; i < counts.instances.size() && i < others.instances.size(); ++i)
      others.instances[i] += counts.instances[i];
    others.running_matches += counts.running_matches;
    others.allocated_slots += counts.allocated_slots;
    others_matches_max = std::max<std::int64_t>(others_matches_max, recipe.max_matches);
  }

  void show(const seat& at, const room_counts& counts, double matches_max) {
    for (std::size_t i = 0; i < rooms.size() && i < counts.rooms.size(); ++i)
      if (rooms[i])
        set(*rooms[i], at, static_cast<double>(counts.rooms[i]));
    for (std::size_t i = 0; i < instances.size() && i < counts.instances.size(); ++i)
      set(*instances[i], at, static_cast<double>(counts.instances[i]));
    set(running, at, static_cast<double>(counts.running_matches));
    set(allocated_slots, at, static_cast<double>(counts.allocated_slots));
    set(max_matches, at, matches_max);
  }

  std::unique_ptr<gauges> status_gauge(const std::string& prefix, const std::string& what,
                                       const std::string& status) {
    return std::make_unique<gauges>(families, "maestro_worker_" + prefix + status,
                                    what + " that are " + status + " (gauge)", by_game);
  }

  template <class Visit>
  void each_scheduler_family(Visit visit) {
    for (auto* family : {&add_failed, &remove_failed, &instance_events, &ping_failed, &silenced, &room_told,
                         &room_untold, &player_told, &player_untold, &ping_untold, &dropped, &allocations})
      visit(*family);
    for (auto* family : {&desired, &current, &degraded, &timed_out, &proper, &running, &allocated_slots,
                         &max_matches, &ready_target, &fixed_buffer, &workers, &queue_length, &queue_lag})
      visit(*family);
    for (auto* family : {&executed, &rolled_back, &stays})
      visit(*family);
    for (auto* group : {&rooms, &instances})
      for (auto& family : *group)
        if (family)
          visit(*family);
  }

  void set(gauges& family, const seat& at, double value) {
    family.with(at.owner, {at.game, at.scheduler}, [value](auto& gauge) { gauge.Set(value); });
  }

  static void show(gauges& family, double value) {
    family.with("", {}, [value](auto& x) { x.Set(value); });
  }

  void show_process() {
    std::scoped_lock lock(process_mutex);
    if (read_journal) {
      auto usage = read_journal();
      show(read_only, usage.is_read_only ? 1 : 0);
      show(disk_free, usage.free_bytes);
      show(disk_reserve, usage.reserve_bytes);
    }
    if (!read_process)
      return;
    auto usage = read_process();
    process_cpu.with("", {}, [&](auto& x) { x.Increment(std::max(0.0, usage.cpu_seconds - x.Value())); });
    show(process_start, usage.start_time_seconds);
    show(process_resident, usage.resident_bytes);
    show(process_virtual, usage.virtual_bytes);
    show(process_open, usage.open_fds);
    show(process_limit, usage.max_fds);
  }
};

} // namespace maestro
