// The typed interfaces of a cluster's actors, in the manner of messages/actors.hpp, and what only they say.
//
//   doors ──> CLUSTER DIRECTORY ──here──> LOCAL DIRECTORY
//                  │    └────elsewhere──> PEER ══(CAF link)══> PEER DOOR there ──> LOCAL DIRECTORY there
//                  └──> CLUSTER STORE (messages/cluster_store.hpp)
//
// Nothing but a PEER ever sends to a handle of another node: a remote send pins its sender, and a link that breaks
// fails no request. A PEER lives as long as its neighbour is in the cluster, bounds what is under way, and fails all of
// it the moment the link is down.
#pragma once

#include "messages/actors.hpp"
#include "messages/cluster_store.hpp"

namespace maestro {

/// The first word of each side of a link; who cannot talk to the other refuses it.
struct peer_hello {
  std::string cluster;
  cluster_member member;
};
MAESTRO_INSPECT(peer_hello, x.cluster, x.member)

/// Whether there is such a room; answered like a ping that was not counted.
struct find_remote_room {
  scheduler_name scheduler;
  room_id room;
};
MAESTRO_INSPECT(find_remote_room, x.scheduler, x.room)

struct relay_ping {
  scheduler_name scheduler;
  room_id room;
  ping_room ping;
};
MAESTRO_INSPECT(relay_ping, x.scheduler, x.room, x.ping)

/// Machines have no steady clock in common: what is left of the deadline travels, not the deadline.
struct relay_allocation {
  scheduler_name scheduler;
  duration patience{};
  std::int32_t slots = 0;
  request_key request{}; ///< travels beside it
};
MAESTRO_INSPECT(relay_allocation, x.scheduler, x.patience, x.slots)

/// A request that changes something on its way to a neighbour, with its key. Apart from each other, because a neighbour of an
/// earlier version knows the request alone (cluster_member::takes_keys).
template <class Request>
struct with_key {
  request_key key;
  Request what;
};
template <class Inspector, class Request>
typename Inspector::result_type inspect(Inspector& f, with_key<Request>& x) {
  return f(x.key, x.what);
}

/// What is asked most often goes to a neighbour in lots, as much as came at once: a message between nodes costs more than
/// what it carries. Only to one that knows it (cluster_member::takes_lots).
struct lot_ping {
  std::uint64_t number = 0; ///< of the request, by whoever asks
  relay_ping what;
};
MAESTRO_INSPECT(lot_ping, x.number, x.what)
struct lot_allocation {
  std::uint64_t number = 0;
  request_key key;
  relay_allocation what;
};
MAESTRO_INSPECT(lot_allocation, x.number, x.key, x.what)
struct relay_lot {
  std::vector<lot_ping> pings; ///< of one room in order
  std::vector<lot_allocation> allocations;
};
MAESTRO_INSPECT(relay_lot, x.pings, x.allocations)

/// Answers, by the numbers of their requests, to whoever sent those; as many as were there at once.
struct ping_answer {
  std::uint64_t number = 0;
  ping_result what;
};
MAESTRO_INSPECT(ping_answer, x.number, x.what)
struct allocation_answer {
  std::uint64_t number = 0;
  allocated_room what;
};
MAESTRO_INSPECT(allocation_answer, x.number, x.what)
struct refusal_answer {
  std::uint64_t number = 0;
  caf::error why;
};
MAESTRO_INSPECT(refusal_answer, x.number, x.why)
struct lot_answers {
  std::vector<ping_answer> pings;
  std::vector<allocation_answer> allocations;
  std::vector<refusal_answer> refusals;
};
MAESTRO_INSPECT(lot_answers, x.pings, x.allocations, x.refusals)

/// From a PEER DOOR to the CLUSTER DIRECTORY of the same node: another node has chosen this one for the scheduler. Refused
/// with `aborted` when the store says by now that it belongs to another.
struct create_here {
  create_scheduler command;
};
MAESTRO_INSPECT(create_here, x.command)

/// From the owner of a room to the machine that it runs on: ask its game server how it is, as `begin_probing` does there.
/// Repeated whenever the machine is reached again; the newest counts.
struct probe_there {
  room_id id;
  scheduler_name scheduler;
  health_recipe how;
  std::vector<host_port> ports;
  std::uint32_t port = 0;
  std::int64_t busy_matches = 1;
  bool has_answered = false;
};
MAESTRO_INSPECT(probe_there, x.id, x.scheduler, x.how, x.ports, x.port, x.busy_matches, x.has_answered)
struct stop_probing_there {
  room_id id;
  scheduler_name scheduler;
};
MAESTRO_INSPECT(stop_probing_there, x.id, x.scheduler)

/// What was found there, for whoever owns the scheduler by now. Lost where that one is not reached: the next one says it.
struct probed_ping {
  room_id id;
  scheduler_name scheduler;
  ping_room what;
};
MAESTRO_INSPECT(probed_ping, x.id, x.scheduler, x.what)
struct probed_silence {
  room_id id;
  scheduler_name scheduler;
  report_silence what;
};
MAESTRO_INSPECT(probed_silence, x.id, x.scheduler, x.what)

/// Of the machine that is asked, whoever owns the scheduler.
struct read_machine_logs {
  read_room_logs what;
};
MAESTRO_INSPECT(read_machine_logs, x.what)
struct read_machine_artifacts {
  read_artifacts what;
};
MAESTRO_INSPECT(read_machine_artifacts, x.what)

/// From a PEER: whether the neighbour is reached.
struct link_changed {
  node_name name;
  bool is_up = false;
  std::string reason;     ///< why not
  bool has_ended = false; ///< nobody listens at its address: its process is gone
};
MAESTRO_INSPECT(link_changed, x.name, x.is_up, x.reason, x.has_ended)

/// CLUSTER DIRECTORY: the cluster as this node knows it; one for each node that is in one.
using cluster_directory_actor =
    scheduler_directory_actor::extend<ask<create_here>::with<scheduler>, // from the PEER DOOR
                                      tell<store_changes>, tell<store_contact>, tell<lease_lost>, // from the STORE
                                      tell<link_changed>,                                         // from PEERS
                                      tell<instance_event>, // from this machine's runtime, for whoever owns it
                                      tell<probed_ping>, tell<probed_silence>, // likewise, from its prober
                                      tell<timer_fired>>;                      // INTERNAL: register, compare

/// What is on a node's disk of the cluster's journal, to be taken over by another one: that node's JOURNAL KEEPER, or the
/// PEER that it is reached by.
using copy_source_actor =
    caf::typed_actor<ask<list_copies>::with<copy_list>, ask<read_events>::with<event_page>,
                     ask<read_snapshot>::with<snapshot_part>, ask<read_finished>::with<finished_list>>;

/// To the PEER DOOR and the CLUSTER PROBER, once: whom they tell of what others have chosen this node for or what they found,
/// and whom the door asks for its schedulers.
struct open_peer_door {
  cluster_directory_actor directory;
  local_directory_actor local;
};
MAESTRO_INSPECT(open_peer_door, x.directory, x.local)

/// Who is told what became of a lot: the PEER that sent it.
using lot_sender_actor = caf::typed_actor<tell<lot_answers>>;

/// PEER DOOR: where a node hears its neighbours; the only actor that is published.
using peer_door_actor = scheduler_directory_actor::extend<
    ask<peer_hello>::with<peer_hello>, ask<find_remote_room>::with<ping_result>,
    ask<relay_ping>::with<ping_result>, ask<relay_allocation>::with<allocated_room>,
    ask<with_key<create_scheduler>>::with<scheduler>, ask<with_key<delete_scheduler>>::with<operation_id>,
    ask<with_key<new_scheduler_version>>::with<operation_id>,
    ask<with_key<switch_active_version>>::with<operation_id>, ask<with_key<request_room_end>>::with<operation_id>,
    ask<with_key<cancel_operation>>::with<done>, ask<with_key<relay_allocation>>::with<allocated_room>,
    ask<create_instance>::with<done>, // this machine's runtime
    ask<delete_instance>::with<done>, ask<list_instances>::with<instance_list>, ask<prepare_scheduler>::with<done>,
    ask<remove_scheduler>::with<done>, ask<read_machine_logs>::with<room_logs>,
    ask<read_machine_artifacts>::with<artifact_piece>,
    ask<list_copies>::with<copy_list>, // this node's disk
    ask<read_events>::with<event_page>, ask<read_snapshot>::with<snapshot_part>,
    ask<read_finished>::with<finished_list>,
    tell<instance_event>,                        // of another machine's, for an owner here
    tell<probed_ping>, tell<probed_silence>,     // likewise
    tell<probe_there>, tell<stop_probing_there>, // of rooms on this machine
    tell<relay_lot>,                             // answered with lot_answers
    tell<open_peer_door>,                        // from the node that it belongs to
    tell<timer_fired>>;                          // INTERNAL: answer

/// Connect to the PEER DOOR at that address within a bounded time.
struct connect_peer {
  std::string address; ///< `host:port`
};
MAESTRO_INSPECT(connect_peer, x.address)

/// Refused with `not_found` where nobody listens: whoever did has ended.
struct peer_link {
  peer_door_actor door;
};
MAESTRO_INSPECT(peer_link, x.door)

/// PEER CONNECTOR: the port to the network between nodes.
using peer_connector_actor = caf::typed_actor<ask<connect_peer>::with<peer_link>>;

/// PEER: one neighbour, as long as it is in the cluster.
using peer_actor =
    scheduler_directory_actor::extend<ask<create_instance>::with<done>, // from the CLUSTER HOST
                                      ask<delete_instance>::with<done>, ask<list_instances>::with<instance_list>,
                                      ask<prepare_scheduler>::with<done>, ask<remove_scheduler>::with<done>,
                                      ask<read_machine_logs>::with<room_logs>,
                                      ask<read_machine_artifacts>::with<artifact_piece>,
                                      ask<list_copies>::with<copy_list>, // from the SHARED JOURNAL
                                      ask<read_events>::with<event_page>, ask<read_snapshot>::with<snapshot_part>,
                                      ask<read_finished>::with<finished_list>,
                                      tell<instance_event>, // to be told there; lost where the link is down
                                      tell<probed_ping>, tell<probed_silence>,     // likewise
                                      tell<probe_there>, tell<stop_probing_there>, // likewise
                                      tell<lot_answers>,  // from the neighbour's PEER DOOR
                                      tell<timer_fired>>; // INTERNAL: connect again, send, look for what is late

/// A neighbour, as the CLUSTER DIRECTORY knows it.
struct known_peer {
  cluster_member member;
  peer_actor peer;
  bool is_reached = false;
  bool is_draining = false;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, known_peer& x) {
  return f(x.member, x.peer, x.is_reached, x.is_draining);
}

/// All neighbours there are now; told whenever one comes, goes, is reached or is not. Never sent to another node.
struct known_peers {
  std::vector<known_peer> peers;
  bool is_draining = false;        ///< this node
  std::vector<std::string> away{}; ///< node ids of nodes that are not in now, and were not removed for ever
  resources_by_node requested{};   ///< by rooms of other nodes' schedulers
};
MAESTRO_INSPECT(known_peers, x.peers, x.is_draining, x.away, x.requested)

/// Whoever needs the neighbours.
using peer_follower_actor = caf::typed_actor<tell<known_peers>>;

/// CLUSTER PROBER: the PROBER of a node that is in a cluster. A room on this machine is asked by this machine's prober, one
/// elsewhere by that machine's; what that one finds comes back over the link, and the room's GAME ROOM hears of it here.
using cluster_prober_actor =
    prober_actor::extend<tell<known_peers>,                           // from the CLUSTER DIRECTORY
                         tell<probe_there>, tell<stop_probing_there>, // from the PEER DOOR: rooms on this machine
                         tell<probed_ping>, tell<probed_silence>,     // likewise, and from the CLUSTER DIRECTORY
                         tell<instance_event>,                        // from this machine's runtime
                         tell<open_peer_door>>;                       // from the node that it belongs to

/// CLUSTER HOST: the ROOM HOST of a node that is in a cluster: the runtimes of all its machines as one. Each command goes
/// to the machine that it names, each list is that of all machines that were reached.
using cluster_host_actor = room_host_actor::extend<tell<known_peers>>; // from the CLUSTER DIRECTORY

} // namespace maestro
