// Every actor's typed interface: read this first. The page says who understands what; the prose beside a line says
// why one would send it. A message marked INTERNAL is sent by the actor to itself. Capitals name actors.
//
//   doors ──> SCHEDULER DIRECTORY ──> SCHEDULER ──> EXECUTION WORKER ──> ROOM POOL ──> ROOM HOST
//     │                                   │               └──> HEALTH CONTROLLER          │
//     └──────────────> GAME ROOM ─────────┼──> ROOM POOL <── RUNTIME WATCHER <── RUNTIME EVENTS
//                                         └──> JOURNAL KEEPER <──┘
//   ROOM POOL, GAME ROOM ──> FORWARDING ──> EVENT FORWARDER ──> FORWARDER CLIENT
//   ROOM POOL ──> PROBER ──> GAME ROOM
#pragma once

#include "messages/cluster_types.hpp"
#include "messages/coded_inspect.hpp"
#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "messages/forwarding_commands.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace maestro {

template <class Request>
using ask = caf::replies_to<Request>;
template <class Message>
using tell = caf::reacts_to<Message>;

/// A timer an actor sets for itself. `kind` is the actor's own enum; a number that is not the latest is ignored.
struct timer_fired {
  std::uint8_t kind = 0;
  std::uint64_t number = 0;
};
MAESTRO_INSPECT(timer_fired, x.kind, x.number)

/// Whoever wants to know what becomes durable in a stream. A page is handed over when the one before was answered,
/// so a slow subscriber is behind but costs nothing.
using event_subscriber_actor = caf::typed_actor<ask<event_page>::with<done>>;

/// Hand over every event of the stream after sequence `after`, those that are there and those to come, in order
/// and without a gap, or with one that is said (event_page). Replaces an earlier subscription of that handle to
/// that stream; the subscriber's end unsubscribes it. An empty page says that there is no such stream yet.
struct watch_events {
  std::string stream;
  std::uint64_t after = 0;
  event_subscriber_actor subscriber;
};
MAESTRO_INSPECT(watch_events, x.stream, x.after, x.subscriber)

/// JOURNAL KEEPER: the only place where "durable" is decided. One per node; group commit.
using journal_actor =
    caf::typed_actor<ask<append_events>::with<events_appended>,  // make a batch durable, or refuse it clearly
                     ask<load_stream>::with<loaded_stream>,      // recover one event-sourced actor
                     ask<save_snapshot>::with<done>,             // shorten that stream's tail
                     ask<list_streams>::with<stream_list>,       // what there is to recover
                     ask<read_events>::with<event_page>,         // timelines: the past, page by page
                     ask<watch_events>::with<done>,              // and what comes after it
                     ask<list_operations>::with<operation_page>, // the final stage only
                     ask<get_operation>::with<operation>, // a final operation; not_found with the wire's text
                     ask<purge_operations>::with<operations_purged>, // storage_clean_up
                     ask<make_checkpoint>::with<checkpoint_made>,    // backup of a running node
                     ask<get_journal_status>::with<journal_status>,  // health
                     ask<list_copies>::with<copy_list>, // from the SHARED JOURNAL and its like elsewhere: how far
                     ask<read_snapshot>::with<snapshot_part>, // this disk is, and what is on it,
                     ask<read_finished>::with<finished_list>,
                     ask<restore_copy>::with<done>, // taken over from another one
                     ask<save_watermark>::with<done>,
                     tell<timer_fired>>; // INTERNAL: flush a batch, retention

/// ROOM HOST: the face of a runtime. Created instances are reported through RUNTIME EVENTS, in order.
using room_host_actor = caf::typed_actor<
    ask<create_instance>::with<done>,         // idempotent by room id; port_in_use when a port is taken
    ask<delete_instance>::with<done>,         // accepted: its end is reported as `deleted`; else not_found
    ask<list_instances>::with<instance_list>, // the truth to reconcile with
    ask<prepare_scheduler>::with<done>, ask<remove_scheduler>::with<done>, ask<read_room_logs>::with<room_logs>,
    ask<read_artifacts>::with<artifact_piece>, tell<timer_fired>>; // INTERNAL

/// Whoever wants to know what happens to instances.
using instance_subscriber_actor = caf::typed_actor<tell<instance_event>>;

/// Subscribe to the instances of one scheduler (empty name: of all). Replaces an earlier subscription of that
/// handle.
struct subscribe_instances {
  scheduler_name scheduler;
  instance_subscriber_actor subscriber;
};
MAESTRO_INSPECT(subscribe_instances, x.scheduler, x.subscriber)

/// RUNTIME EVENTS: the runtime publishes, watchers and reporters subscribe; a subscriber's end unsubscribes it.
using runtime_events_actor = instance_subscriber_actor::extend<ask<subscribe_instances>::with<done>>;

/// RUNTIME WATCHER: reflects the runtime in one scheduler's ROOM POOL.
using runtime_watcher_actor = instance_subscriber_actor::extend<tell<timer_fired>>; // INTERNAL: reconcile

/// METRICS REPORTER: counts for the open metrics; nobody asks it anything.
using metrics_reporter_actor = instance_subscriber_actor::extend<tell<timer_fired>>; // INTERNAL: report

/// GAME ROOM: the mirror of one game server; answers pings that change nothing by itself.
using game_room_actor = caf::typed_actor<ask<ping_room>::with<ping_result>>; // from the rooms door
/// The same to the PROBER, who says what the server does not.
using asked_room_actor = game_room_actor::extend<tell<report_silence>>;

/// The room's instance runs, and its game server does not ping: it is asked from here on until `end_probing`, or until
/// `game` ends. A room that is being asked already goes on.
struct begin_probing {
  room_id id;
  scheduler_name scheduler;
  health_recipe how;
  std::vector<host_port> ports;
  std::uint32_t port = 0;        ///< the place of the one that is asked
  std::int64_t busy_matches = 1; ///< what the room is told to have while there are players
  bool has_answered = false;     ///< ever, also before the node's start
  asked_room_actor game;
  std::string placed_on{}; ///< the node that runs it; empty: this one
};
MAESTRO_INSPECT(begin_probing, x.id, x.scheduler, x.how, x.ports, x.port, x.busy_matches, x.has_answered, x.game,
                x.placed_on)
struct end_probing {
  room_id id;
  scheduler_name scheduler;
};
MAESTRO_INSPECT(end_probing, x.id, x.scheduler)

/// PROBER: asks the game servers of a runtime how they are, and tells their GAME ROOMS as if they had pinged.
using prober_actor = caf::typed_actor<tell<begin_probing>, tell<end_probing>, // from the ROOM POOL
                                      tell<timer_fired>>;                     // INTERNAL

struct room_handle {
  game_room_actor room;
  bool wants_metadata = false; ///< see ping_result
};
MAESTRO_INSPECT(room_handle, x.room, x.wants_metadata)

/// EVENT FORWARDER: tells one matchmaker of one scheduler's rooms, at the matchmaker's pace.
using event_forwarder_actor =
    event_subscriber_actor::extend<tell<resync_room>, tell<change_forwarder>, // from FORWARDING
                                   tell<timer_fired>>; // INTERNAL: try again, tell how far it is

/// FORWARDING: what of a scheduler's rooms is told to matchmakers. Owns an EVENT FORWARDER for each of them and keeps
/// their places.
using forwarding_actor = caf::typed_actor<ask<follow_forwarders>::with<done>, // from the ROOM POOL
                                          tell<resync_room>,                  // from GAME ROOMS
                                          tell<cursor_moved>,                 // from its EVENT FORWARDERS
                                          tell<timer_fired>>;                 // INTERNAL: keep the places

/// Somebody will call the matchmaker at that address, until it ends.
struct use_matchmaker {
  std::string address;
  event_forwarder_actor user;
};
MAESTRO_INSPECT(use_matchmaker, x.address, x.user)

/// FORWARDER CLIENT: the way to matchmakers. One per node.
using forwarder_client_actor =
    caf::typed_actor<tell<use_matchmaker>,                          // before the first call
                     ask<matchmaker_call>::with<matchmaker_answer>, // one try; a failure is an answer, too
                     tell<timer_fired>>;                            // INTERNAL: a call has ended

/// HEALTH CONTROLLER: keeps the wanted number of rooms; its ticks become health_controller operations.
using health_controller_actor = caf::typed_actor<
    ask<run_health_check>::with<health_plan>, // from the EXECUTION WORKER, inside that operation
    ask<get_look_memory>::with<look_memory>,  // from the ROOM POOL: to explain what a look would do
    tell<room_lost>,                          // from the ROOM POOL: do not wait for the next tick
    tell<look_now>, // from the SCHEDULER: it has come into sync, or one operation was not enough
    tell<pool_changed>, tell<room_wanted>, // from the ROOM POOL: a policy may want other numbers
    tell<timer_fired>>;                    // INTERNAL: tick

/// Ask a ROOM POOL to report lost rooms to this controller from now on.
struct report_losses {
  health_controller_actor to;
};
MAESTRO_INSPECT(report_losses, x.to)

/// ROOM POOL: the one writer of a scheduler's rooms; the index of them, allocation, host-port leases.
using room_pool_actor = caf::typed_actor<
    ask<allocate_room>::with<allocated_room>,
    ask<observe_ping>::with<ping_result>, // a GAME ROOM saw a change
    tell<observe_silence>,                // likewise, of one that is asked
    ask<report_room_event>::with<done>,
    ask<find_room>::with<room_handle>, // a door wants to ping it directly
    ask<list_rooms>::with<room_list>, ask<get_room>::with<room_view>, ask<count_rooms>::with<room_counts>,
    ask<explain_rooms>::with<rooms_explanation>, // why so many, which would go next; changes nothing
    ask<list_strangers>::with<stranger_list>, ask<adopt_stranger>::with<done>, ask<end_stranger>::with<done>,
    ask<get_pool_health>::with<pool_health>,                                        // from the HEALTH CONTROLLER
    ask<create_rooms>::with<rooms_created>, ask<remove_rooms>::with<rooms_removed>, // from the EXECUTION WORKER
    ask<stop_draining>::with<done>,                                                 // likewise
    tell<update_recipe>,                                                            // from its SCHEDULER
    tell<report_losses>,                                                            // from its SCHEDULER
    tell<scheduler_condition>,      // from the HEALTH CONTROLLER: what is shown beside the counts
    tell<host_lost>,                // from the LOCAL DIRECTORY
    tell<instance_event>,           // from the RUNTIME WATCHER
    ask<begin_review>::with<done>,  // from the RUNTIME WATCHER: the runtime's whole truth will come,
    ask<instance_list>::with<done>, // page by page; answered when the pool has looked at the page
    tell<timer_fired>>;             // INTERNAL

/// EXECUTION WORKER: runs one operation at a time for its scheduler.
using execution_worker_actor =
    caf::typed_actor<ask<execute_operation>::with<operation_outcome>, tell<cancel_execution>,
                     tell<timer_fired>>; // INTERNAL

/// SCHEDULER: its mailbox is the operation queue; the one writer of the scheduler and its operations.
using scheduler_actor =
    caf::typed_actor<ask<create_scheduler>::with<scheduler>, ask<get_scheduler>::with<scheduler>,
                     ask<list_versions>::with<version_list>, ask<delete_scheduler>::with<operation_id>,
                     ask<new_scheduler_version>::with<operation_id>,
                     ask<switch_active_version>::with<operation_id>, ask<request_room_end>::with<operation_id>,
                     ask<list_operations>::with<operation_page>, // pending and active stages
                     ask<get_operation>::with<operation>, // any stage; final ones are delegated to the JOURNAL
                                                          // KEEPER
                     ask<cancel_operation>::with<done>,
                     ask<enqueue_operation>::with<operation_id>, // ticks
                     ask<record_progress>::with<done>,           // from the EXECUTION WORKER
                     tell<timer_fired>>;                         // INTERNAL

/// TIMELINE READER: what the journal still knows of one room or one operation, for people.
using timeline_reader_actor =
    caf::typed_actor<ask<get_room_timeline>::with<timeline>, ask<get_operation_timeline>::with<timeline>,
                     ask<list_changes>::with<change_list>>; // for whoever watches

/// SCHEDULER DIRECTORY: which schedulers exist and who owns them; doors reach everything through it. On a node of a
/// cluster it is the CLUSTER DIRECTORY (messages/cluster_actors.hpp), which asks the LOCAL DIRECTORY of the node that
/// owns the scheduler.
using scheduler_directory_actor = caf::typed_actor<
    ask<create_scheduler>::with<scheduler>, ask<get_scheduler>::with<scheduler>,
    ask<list_schedulers>::with<scheduler_list>, ask<list_scheduler_infos>::with<scheduler_info_list>,
    ask<list_versions>::with<version_list>, ask<delete_scheduler>::with<operation_id>,
    ask<new_scheduler_version>::with<operation_id>, ask<switch_active_version>::with<operation_id>,
    ask<request_room_end>::with<operation_id>, ask<list_operations>::with<operation_page>,
    ask<get_operation>::with<operation>, ask<cancel_operation>::with<done>,
    ask<allocate_room>::with<allocated_room>, ask<find_room>::with<room_handle>, ask<list_rooms>::with<room_list>,
    ask<report_room_event>::with<done>,
    ask<get_room>::with<room_view>, // get_room also serves the address route
    ask<explain_rooms>::with<rooms_explanation>, ask<list_strangers>::with<stranger_list>,
    ask<adopt_stranger>::with<done>, ask<end_stranger>::with<done>, ask<read_room_logs>::with<room_logs>,
    ask<read_artifacts>::with<artifact_piece>, // of a room that has ended
    ask<get_room_timeline>::with<timeline>,    // within retention, also of what has ended
    ask<get_operation_timeline>::with<timeline>, ask<list_changes>::with<change_list>,
    ask<get_directory_status>::with<directory_status>, ask<list_nodes>::with<node_list>,
    ask<change_node>::with<done>>;

/// This node owns the scheduler from that epoch on: recover it and serve it. Answered when it serves. Does nothing where
/// it is served with that epoch already.
struct adopt_scheduler {
  scheduler_name name;
  owner_epoch epoch = first_epoch;
};
MAESTRO_INSPECT(adopt_scheduler, x.name, x.epoch)

/// This node is to own it no longer: its actors end, its rooms go on. Answered when nothing of it is under way here.
struct release_scheduler {
  scheduler_name name;
};
MAESTRO_INSPECT(release_scheduler, x.name)

/// LOCAL DIRECTORY: the schedulers of this node.
using local_directory_actor =
    scheduler_directory_actor::extend<tell<scheduler_changed>, tell<scheduler_gone>, // from SCHEDULERS
                                      tell<host_lost>,                               // from the CLUSTER DIRECTORY
                                      ask<adopt_scheduler>::with<done>,              // likewise
                                      ask<release_scheduler>::with<done>,            // likewise
                                      tell<timer_fired>>;                            // INTERNAL: recover again

} // namespace maestro
