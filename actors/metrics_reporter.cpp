#include "actors/metrics_reporter.hpp"

#include "actors/metrics.hpp"

#include <caf/all.hpp>

#include <set>

namespace maestro {

namespace {

struct metrics_reporter_state {
  static inline const char* name = "metrics_reporter";
  metrics_reporter_state() {}

  scheduler_directory_actor directory;
  std::shared_ptr<metrics> meter;
  duration interval{};
  std::set<scheduler_name> missing; ///< have series, but the last report did not find them
};
using self_ptr = metrics_reporter_actor::stateful_pointer<metrics_reporter_state>;

void show(metrics_reporter_state& state, const scheduler_info_list& found) {
  std::set<scheduler_name> present;
  for (auto& info : found.items) {
    state.meter->report_rooms(info.entity, info.counts);
    state.meter->set_current_workers(info.entity.name, worker_component::metrics_reporter, 1);
    present.insert(info.entity.name);
  }
  std::set<scheduler_name> missing;
  for (auto& name : state.meter->schedulers()) {
    if (present.contains(name))
      continue;
    if (state.missing.contains(name))
      state.meter->forget_scheduler(name);
    else
      missing.insert(name); // perhaps it was made after the list
  }
  state.missing = std::move(missing);
}

void report(self_ptr self) {
  self->request(self->state.directory, caf::infinite, list_scheduler_infos{})
      .then([self](const scheduler_info_list& found) { show(self->state, found); },
            [](const caf::error&) {}); // recovering or ending: the gauges keep what they last knew
  self->delayed_send(self, self->state.interval, timer_fired{});
}

metrics_reporter_actor::behavior_type metrics_reporter(self_ptr self, const scheduler_directory_actor& directory,
                                                       const runtime_events_actor& events,
                                                       const std::shared_ptr<metrics>& meter, duration interval) {
  self->state.directory = directory;
  self->state.meter = meter;
  self->state.interval = interval;
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  self->request(events, caf::infinite, subscribe_instances{scheduler_name{}, me})
      .then([](done) {}, [self](const caf::error& why) { self->quit(why); });
  report(self);
  return {
      [self](const instance_event& event) {
        self->state.meter->instance_event_processed(event.what.scheduler, event.type, true);
      },
      [self](const timer_fired&) { report(self); },
  };
}

} // namespace

metrics_reporter_actor spawn_metrics_reporter(caf::actor_system& system, scheduler_directory_actor directory,
                                              runtime_events_actor events, std::shared_ptr<metrics> meter,
                                              const settings& limits) {
  return system.spawn(metrics_reporter, std::move(directory), std::move(events), std::move(meter),
                      limits.metrics_interval);
}

} // namespace maestro
