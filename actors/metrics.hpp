// The numbers that a node shows to Prometheus: names, labels and buckets of proto/README.md 8.3, as plain methods
// with typed arguments. Actors and doors call them; every method is safe from any thread, never throws and costs a
// lookup and an atomic add. `render` is the body of /metrics. A test that does not care uses an instance and
// ignores it.
//
// Everything has a bound: a method that is none counts as `other`, an unknown route has the empty handler, series
// of a scheduler live until `forget_scheduler`. Only so many schedulers have series of their own; what happens in
// the others is counted together, under the labels game and scheduler `other`. Where the original labels a removal failure with the operation's
// id we put its name: a series per operation would grow without end.
#pragma once

#include "messages/ids.hpp"
#include "messages/room_types.hpp"
#include "messages/runtime_types.hpp"
#include "messages/scheduler_types.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

enum class worker_component : std::uint8_t { operation_execution, runtime_watcher, metrics_reporter };

/// What the operating system counts for this process; nodes/process_usage reads it.
struct process_usage {
  double cpu_seconds = 0;
  double start_time_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
};

/// How the journal's disk stands.
struct journal_usage {
  bool is_read_only = false;
  double free_bytes = 0;    ///< 0 when it is not watched
  double reserve_bytes = 0; ///< below that nothing is written
};

/// How a node stands in its cluster, as it sees it.
struct cluster_standing {
  std::int64_t ready = 0, draining = 0, unreachable = 0, gone = 0; ///< nodes
  std::int64_t serving = 0;                                        ///< schedulers, by this node
  std::int64_t moving = 0;                                         ///< on their way to this node, or from it
  bool store_answers = false;
};

/// What became of a player's wish for a room.
enum class allocation_outcome : std::uint8_t {
  allocated,
  no_ready_room,
  unknown_scheduler,
  too_late,         ///< nobody waited for it any more
  too_many_waiting, ///< limits.* or the wait for the runtime's list
  not_durable       ///< the journal refused it
};

struct http_exchange {
  std::string_view service; ///< management-api or rooms-api
  std::string_view handler; ///< templated path, e.g. `/schedulers/:schedulerName`; empty: no such route
  std::string_view method;
  int code = 0;
  duration took{};
  std::uint64_t response_bytes = 0;
};

class metrics {
public:
  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// So many schedulers have series of their own; from the node, before anything is counted.
  void bound_schedulers(std::int64_t own_series_max);

  // operations, from SCHEDULER; `operation` is the catalogue's name
  void operation_executed(std::string_view game, const scheduler_name& scheduler, std::string_view operation,
                          bool success, duration took);
  void operation_rolled_back(std::string_view game, const scheduler_name& scheduler, std::string_view operation,
                             bool success, duration took);
  void add_rooms_failed(const scheduler_name& scheduler);
  void remove_rooms_failed(const scheduler_name& scheduler);

  // from HEALTH CONTROLLER; shown of schedulers with series of their own
  void set_rooms_wanted(std::string_view game, const scheduler_name& scheduler, std::int64_t desired,
                        std::int64_t current);
  void set_terminations(std::string_view game, const scheduler_name& scheduler, std::int64_t timed_out,
                        std::int64_t proper);

  // from METRICS REPORTER: gauges of rooms, instances, matches and the autoscaling policy; schedulers without series
  // of their own are added up until the report ends
  void begin_report();
  void report_rooms(const scheduler& recipe, const room_counts& counts);
  void set_degraded(std::string_view game, const scheduler_name& scheduler, bool is_degraded);
  void end_report();

  // from METRICS REPORTER, which subscribes to what the runtime publishes
  void instance_event_processed(const scheduler_name& scheduler, instance_event_type type, bool success);

  // from whoever spawns workers
  void set_current_workers(const scheduler_name& scheduler, worker_component component, std::int64_t count);

  // from ROOM POOL
  void ping_update_failed(const scheduler_name& scheduler);
  void room_silenced(const scheduler_name& scheduler); ///< it was asked, and does not answer any more
  void allocation_answered(const scheduler_name& scheduler, allocation_outcome outcome, duration took);
  /// A room has left a status, or has gone, after so long in it.
  void room_left_status(const scheduler_name& scheduler, room_status status, duration stayed);

  // from EVENT FORWARDERS; `code` is gRPC's word, `OK` the only success
  void room_event_forwarded(std::string_view game, const scheduler_name& scheduler, std::string_view code);
  void player_event_forwarded(std::string_view game, const scheduler_name& scheduler, std::string_view code);
  void ping_forwarding_failed(const scheduler_name& scheduler);
  void matchmaker_called(std::string_view method, std::string_view code, duration took);
  /// What was not told: `kind` event or resync. The first ten forwarders of a scheduler have series of their own.
  void events_dropped(const scheduler_name& scheduler, std::string_view forwarder, std::string_view kind,
                      std::uint64_t count);
  /// What waits for a matchmaker, and for how long; shown of schedulers with series of their own.
  void set_forwarder_queue(const scheduler_name& scheduler, std::string_view forwarder, std::uint64_t length,
                           duration lag);

  // from the CLUSTER DIRECTORY and the SHARED JOURNAL; without them nothing of a cluster is shown
  void set_cluster(const cluster_standing& now);
  void schedulers_taken_over(std::size_t count); ///< from a node that was lost
  void
  scheduler_moved(duration took); ///< to another node; from the first refusal to the other's name in the store
  void shared_journal_committed(duration took); ///< one transaction
  void writes_deposed(std::size_t count);       ///< refused, for another node has the scheduler
  /// Transactions that are not yet on enough disks, and bytes that wait for this one's.
  void set_shared_journal(std::size_t in_store, std::size_t to_copy_bytes);

  // from the doors
  void http_started(std::string_view service, std::string_view handler);
  void http_finished(const http_exchange& what); ///< once for each http_started

  // from the node
  void journal_committed(duration took, std::size_t bytes); ///< one batch is durable
  void set_ready(bool is_ready);                            ///< what /readyz says
  void clock_stepped();                                     ///< the wall clock; every time limit begins anew
  void clock_paused();                                      ///< the node did not run for a while; likewise

  /// Removes every series of that scheduler.
  void forget_scheduler(const scheduler_name& scheduler);
  /// Schedulers that have at least one series.
  std::vector<scheduler_name> schedulers() const;

  /// Asked at every `render`; without it the process_ metrics are not shown.
  void watch_process(std::function<process_usage()> read);
  /// Likewise of the journal's disk.
  void watch_journal(std::function<journal_usage()> read);
  /// Prometheus text exposition format 0.0.4.
  std::string render() const;
  /// The same in slices: appends the family of that number, from 0; false when there is none. A metric of many
  /// schedulers is long, so whoever serves others in between asks for one at a time.
  bool render_family(std::size_t number, std::string& to) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace maestro
