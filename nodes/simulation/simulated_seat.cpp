#include "nodes/simulation/simulated_seat.hpp"

#include "actors/cluster/cluster_directory.hpp"
#include "actors/cluster/cluster_host.hpp"
#include "actors/cluster/cluster_prober.hpp"
#include "actors/cluster/peer_door.hpp"
#include "actors/cluster/served_schedulers.hpp"
#include "actors/cluster/shared_journal.hpp"
#include "actors/metrics.hpp"

#include <caf/all.hpp>

namespace maestro::simulation {

namespace {

void send_end(const caf::strong_actor_ptr& whom, caf::exit_reason why) {
  if (whom)
    whom->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                  caf::make_message(caf::exit_msg{caf::actor_cast<caf::actor_addr>(whom), why}), nullptr);
}

} // namespace

void end_abruptly(const caf::strong_actor_ptr& whom) {
  send_end(whom, caf::exit_reason::kill);
}

simulated_seat::simulated_seat(caf::actor_system& system, cluster_place& place, const simulated_seat_ports& ports,
                               std::mt19937_64& random)
    : system_(system), place_(place), random_(random) {
  if (!place_.holders.empty())
    place_.former.push_back(place_.holders.front());
  place_.holders.clear();
  auto& context = *context_;
  context.settings = place_.settings;
  context.copy = ports.copy;
  context.host = ports.host;
  context.host_events = ports.host_events;
  context.events = ports.events;
  context.clock = ports.clock;
  context.cluster = "simulated";
  context.self = place_.self;
  context.served = std::make_shared<served_schedulers>();
  context.moves_schedulers = true;
  context.hosts = hosts_;
  cluster_prober_ = context.prober =
      spawn_cluster_prober(system, ports.prober, ports.host_events, place_.self, context.settings.rooms_limit);
  prober_ = cluster_prober_;
  door_ = spawn_peer_door(system, std::make_shared<cluster_context>(context));
  place_.network->open(place_.self.address, system, door_);
  context.store = open_store();
  context.connector = connector_ = place_.network->spawn_connector(system, place_.self.address);
  cluster_host_ =
      spawn_cluster_host(system, ports.host, place_.self, hosts_, ports.clock, context.settings.host_lost_after);
  host_ = cluster_host_;
  auto transactions = open_store();
  auto reading = open_store();
  shared_journal_ = spawn_shared_journal(
      system, {transactions, reading, ports.copy, ports.clock, place_.self, shared_journal_settings{}});
  journal_ = context.journal = shared_journal_;
  context.followers.push_back(caf::actor_cast<peer_follower_actor>(cluster_host_));
  context.followers.push_back(caf::actor_cast<peer_follower_actor>(shared_journal_));
  context.followers.push_back(caf::actor_cast<peer_follower_actor>(cluster_prober_));
}

cluster_store_actor simulated_seat::open_store() {
  auto holder = place_.agreement->join();
  place_.holders.push_back(holder);
  stores_.push_back(spawn_store_line(system_, place_.agreement, holder, place_.trouble, random_));
  return stores_.back();
}

void simulated_seat::begin(const local_directory_actor& local) {
  context_->local = local;
  cluster_ = spawn_cluster_directory(system_, context_);
  directory_ = cluster_;
  caf::anon_send(door_, open_peer_door{cluster_, local});
  caf::anon_send(cluster_prober_, open_peer_door{cluster_, local});
}

void simulated_seat::end() {
  place_.network->end(place_.self.address);
  for (auto holder : place_.holders)
    place_.agreement->forget(holder);
  for (auto& store : stores_)
    end_abruptly(caf::actor_cast<caf::strong_actor_ptr>(store));
  for (auto& one :
       {caf::actor_cast<caf::strong_actor_ptr>(connector_), caf::actor_cast<caf::strong_actor_ptr>(door_),
        caf::actor_cast<caf::strong_actor_ptr>(cluster_prober_),
        caf::actor_cast<caf::strong_actor_ptr>(cluster_host_)})
    end_abruptly(one);
  // These end others: neighbours, and whoever awaits a stream and hears nothing else.
  for (auto& one :
       {caf::actor_cast<caf::strong_actor_ptr>(cluster_), caf::actor_cast<caf::strong_actor_ptr>(shared_journal_)})
    send_end(one, caf::exit_reason::user_shutdown);
}

} // namespace maestro::simulation
