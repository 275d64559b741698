#include "actors/metrics_reporter.hpp"

#include "actors/let_others.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"

#include <caf/all.hpp>

#include <set>
#include <utility>

namespace maestro {

namespace {

constexpr std::uint32_t slice = 200; ///< schedulers of one answer: no turn of the directory or of ours is long

struct metrics_reporter_state {
  static inline const char* name = "metrics_reporter";
  metrics_reporter_state() {}

  scheduler_directory_actor directory;
  std::shared_ptr<metrics> meter;
  duration interval{};
  std::set<scheduler_name> own;     ///< have series when the report begins, and were not found in it yet
  std::set<scheduler_name> missing; ///< the report before did not find them
  scheduler_name slice_end;         ///< of the report that is under way; empty: none
};
using self_ptr = metrics_reporter_actor::stateful_pointer<metrics_reporter_state>;

void show(metrics_reporter_state& state, const scheduler_info_list& found) {
  for (auto& info : found.items) {
    state.meter->report_rooms(info.recipe, info.counts);
    state.meter->set_degraded(info.recipe.game, info.recipe.name, !info.condition.reason.empty());
    state.meter->set_current_workers(info.recipe.name, worker_component::metrics_reporter, 1);
    state.own.erase(info.recipe.name);
  }
}

// Who is missing for the second time is gone; for the first time it was perhaps made after its slice.
void end_report(metrics_reporter_state& state) {
  state.meter->end_report();
  std::set<scheduler_name> missing;
  for (auto& name : state.own) {
    if (state.missing.contains(name))
      state.meter->forget_scheduler(name);
    else
      missing.insert(name);
  }
  state.missing = std::move(missing);
}

void report_later(self_ptr self) {
  self->delayed_send(self, self->state.interval, timer_fired{});
}

void report_after(self_ptr self, const scheduler_name& name) {
  put_question(self, self->state.directory, caf::infinite, list_scheduler_infos{{}, name, slice})
      .then(
          [self](const scheduler_info_list& found) {
            show(self->state, found);
            if (found.items.size() == slice) {
              self->state.slice_end = found.items.back().recipe.name;
              return let_others(self);
            }
            end_report(self->state);
            report_later(self);
          },
          [self](const caf::error&) { report_later(self); }); // recovering: the gauges keep what they last knew
}

void report(self_ptr self) {
  auto& state = self->state;
  auto own = state.meter->schedulers();
  state.own = {own.begin(), own.end()};
  state.meter->begin_report();
  report_after(self, {});
}

metrics_reporter_actor::behavior_type metrics_reporter(self_ptr self, const scheduler_directory_actor& directory,
                                                       const runtime_events_actor& events,
                                                       const std::shared_ptr<metrics>& meter, duration interval) {
  self->state.directory = directory;
  self->state.meter = meter;
  self->state.interval = interval;
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  put_question(self, events, caf::infinite, subscribe_instances{scheduler_name{}, me})
      .then([](done) {}, [self](const caf::error& why) { self->quit(why); });
  report(self);
  return {
      [self](const instance_event& event) {
        self->state.meter->instance_event_processed(event.what.scheduler, event.type, true);
      },
      [self](const timer_fired&) {
        if (auto slice_end = std::exchange(self->state.slice_end, {}); slice_end.empty())
          report(self);
        else
          report_after(self, slice_end);
      },
  };
}

} // namespace

metrics_reporter_actor spawn_metrics_reporter(caf::actor_system& system, scheduler_directory_actor directory,
                                              runtime_events_actor events, std::shared_ptr<metrics> meter,
                                              const actor_settings& settings) {
  return system.spawn(metrics_reporter, std::move(directory), std::move(events), std::move(meter),
                      settings.metrics_interval);
}

} // namespace maestro
