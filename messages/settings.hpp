// The numbers that actors obey, with the defaults of the configuration (proto/README.md 8.1). nodes/config fills them
// from file and environment; tests set them directly. Every duration is positive; every count is at least 1.
#pragma once

#include "messages/time.hpp"

#include <chrono>
#include <cstdint>

namespace maestro {

struct actor_settings {
  // services.roomManager.*
  duration room_ping_timeout = std::chrono::milliseconds{240000};
  duration room_initialization_timeout = std::chrono::milliseconds{120000};
  duration room_deletion_timeout = std::chrono::milliseconds{120000};
  duration room_allocation_ttl = std::chrono::milliseconds{300000};
  // services.roomManager.roomValidation*: a new version that changes the rooms is tried out first
  duration room_validation_timeout = std::chrono::milliseconds{120000};
  std::int64_t room_validation_attempts = 3;
  bool room_validation_accepts_occupied = false;
  // operations.rooms.drainDeadline: a room that drains for longer is ended with its players; zero: never
  duration drain_deadline{};
  // services.operationManager.operationLeaseTTLMillis
  duration operation_lease_ttl = std::chrono::milliseconds{5000};
  // workers.healthControllerInterval, workers.storageClenupInterval (sic), workers.redis.operationsTTL
  duration health_controller_interval = std::chrono::minutes{1};
  duration storage_cleanup_interval = std::chrono::hours{3};
  duration operations_ttl = std::chrono::hours{24};
  // operations.rooms.*
  std::int64_t add_limit = 1000;
  std::int64_t add_batch_size = 40;
  duration add_operation_timeout = std::chrono::seconds{5};
  std::int64_t remove_limit = 50;
  // reporter.metrics.intervalMillis
  duration metrics_interval = std::chrono::milliseconds{10000};
  // runtimeWatcher.reconcileInterval: how often the runtime's own list is compared with ours
  duration reconcile_interval = std::chrono::seconds{30};
  // healthController.lookIntervalMin: after a change of the rooms, between two looks at them
  duration look_interval_min = std::chrono::milliseconds{500};
  // replacement back-off when rooms die at once: first delay, doubled up to the maximum
  duration replacement_backoff_min = std::chrono::seconds{1};
  duration replacement_backoff_max = std::chrono::minutes{1};
  // requests to the journal and to the runtime: when no answer came in this time, the request has failed
  duration journal_timeout = std::chrono::seconds{30};
  duration runtime_timeout = std::chrono::seconds{60};
  // bounds
  std::int64_t operations_queue_limit = 1000; ///< pending operations of one scheduler
  std::int64_t schedulers_limit = 100000;     ///< schedulers of one node
  std::int64_t versions_limit = 100;          ///< stored versions of one scheduler; beyond it the oldest go
  std::int64_t rooms_limit = 1000000;         ///< rooms of one scheduler
  std::int64_t silence_brake_percent = 50;    ///< when more than these fall silent at once, they are spared once
  std::int64_t expired_limit = 1000;          ///< rooms over their time that one turn of the control loop ends
  std::int64_t instances_per_page = 1000;     ///< of the runtime's list, when it is compared with the rooms
  std::int64_t metrics_schedulers = 1000;     ///< schedulers with series of their own; the others share `other`
  std::int64_t snapshot_after_events = 4096;  ///< tail length that triggers a snapshot (or twice the state's size)
  std::int64_t snapshot_part_entries =
      2000; ///< entries of a table that one turn of its actor puts into a snapshot
  // services.eventsForwarder.*: what matchmakers are told (actors/rules/delivery_queue)
  std::int64_t forwarding_calls = 64;           ///< at one matchmaker at the same time
  std::int64_t forwarding_queue_limit = 100000; ///< events of the rooms' history that one may be behind
  std::int64_t forwarding_resyncs_limit = 10000;
  std::int64_t forwarding_queue_bytes = 16 << 20;
  std::int64_t forwarding_tries = 20;
  bool forwarding_plain_integers = false;
  duration forwarding_cursor_interval = std::chrono::seconds{1};
  std::int64_t timeline_queries_limit = 16; ///< timelines that are read at the same time
  std::int64_t timeline_lines_limit = 1000; ///< lines of one timeline; the first and the newest are kept
};

} // namespace maestro
