#include "nodes/simulation/simulated_node.hpp"

#include "actors/metrics.hpp"
#include "actors/scheduler_directory.hpp"
#include "runtime/runtime_events.hpp"
#include "runtime/simulated/simulated_host.hpp"
#include "runtime/simulated/simulated_prober.hpp"

#include <caf/all.hpp>

namespace maestro::simulation {

simulated_node::simulated_node(timestamp start, const duration& wall_ahead, std::uint64_t seed,
                               const actor_settings& settings, std::shared_ptr<simulated_disk> disk,
                               std::shared_ptr<simulated_world> world,
                               std::shared_ptr<simulated_matchmakers> matchmakers, std::mt19937_64& random,
                               cluster_place* place)
    : system_(start), clock_({[this] { return system_.now().time_since_epoch(); },
                              [this, &wall_ahead] { return system_.now() + wall_ahead; }}),
      random_(random()) {
  auto& actors = system_.actors();
  client_handle_ = actors.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](done) {}}; });
  client_ = dynamic_cast<caf::event_based_actor*>(caf::actor_cast<caf::abstract_actor*>(client_handle_));
  events_ = spawn_runtime_events(actors);
  host_events_ = place == nullptr ? events_ : spawn_runtime_events(actors);
  host_ = spawn_simulated_host(actors, world, host_events_, system_.clock());
  prober_ = spawn_simulated_prober(actors, std::move(world), system_.clock());
  journal_ = spawn_simulated_journal(actors, std::move(disk), random_, [this] { return clock_.read().now; });
  matchmakers_ = spawn_simulated_forwarder_client(actors, std::move(matchmakers), random_);
  auto context = std::make_shared<actor_context>();
  context->matchmakers = matchmakers_;
  context->journal = journal_;
  context->host = host_;
  context->prober = prober_;
  context->events = events_;
  context->clock = [this] { return clock_.read(); };
  context->settings = settings;
  context->meter = std::make_shared<metrics>();
  context->seed = seed;
  if (place == nullptr) {
    asked_ = local_ = spawn_scheduler_directory(actors, context);
    return;
  }
  context->node_id = place->self.node_id;
  context->self = place->self;
  seat_ = std::make_unique<simulated_seat>(
      actors, *place,
      simulated_seat_ports{journal_, host_, prober_, host_events_, events_, [this] { return clock_.read(); }},
      random_);
  context->host = seat_->host();
  context->hosts = seat_->hosts();
  context->prober = seat_->prober();
  context->journal = seat_->journal();
  context->journal_is_shared = true;
  local_ = spawn_scheduler_directory(actors, context, recovery::of_adopted);
  seat_->begin(local_);
  asked_ = seat_->directory();
}

namespace {

template <class Handle>
void kill(const Handle& handle) {
  end_abruptly(caf::actor_cast<caf::strong_actor_ptr>(handle));
}

} // namespace

// The ports go first, so nothing reaches the disk or the runtime any more.
simulated_node::~simulated_node() {
  if (seat_)
    seat_->end();
  kill(journal_);
  kill(host_);
  kill(prober_);
  kill(events_);
  if (host_events_ != events_)
    kill(host_events_);
  kill(matchmakers_);
  kill(client_handle_);
  kill(local_);
  client_ = nullptr;
  client_handle_ = nullptr;
  asked_ = nullptr;
  while (system_.step(random_)) {
  }
  system_.end_all();
  while (system_.step(random_)) {
  }
  system_.cancel_timers();
  while (system_.step(random_)) {
  }
}

} // namespace maestro::simulation
