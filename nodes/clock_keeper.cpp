#include "nodes/clock_keeper.hpp"

#include "actors/metrics.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"
#include "nodes/even_clock.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

constexpr auto keep_interval = std::chrono::seconds{1};

std::int64_t milliseconds(duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

void keep(even_clock& clock, metrics& meter) {
  auto seen = clock.keep();
  if (seen.stepped_by != duration{}) {
    meter.clock_stepped();
    log_warn("clock", "the wall clock stepped; every time limit begins anew",
             {{"milliseconds", milliseconds(seen.stepped_by)}});
  }
  if (seen.paused_for != duration{}) {
    meter.clock_paused();
    log_warn("clock", "the node did not run for a while; every time limit begins anew",
             {{"milliseconds", milliseconds(seen.paused_for)}});
  }
}

struct clock_keeper_state {
  static inline const char* name = "clock_keeper";
  clock_keeper_state() {}

  std::shared_ptr<even_clock> clock;
  std::shared_ptr<metrics> meter;
};

caf::behavior clock_keeper(caf::stateful_actor<clock_keeper_state>* self, const std::shared_ptr<even_clock>& clock,
                           const std::shared_ptr<metrics>& meter) {
  self->state.clock = clock;
  self->state.meter = meter;
  self->delayed_send(self, keep_interval, timer_fired{});
  return {[self](const timer_fired&) {
    keep(*self->state.clock, *self->state.meter);
    self->delayed_send(self, keep_interval, timer_fired{});
  }};
}

} // namespace

caf::actor spawn_clock_keeper(caf::actor_system& system, std::shared_ptr<even_clock> clock,
                              std::shared_ptr<metrics> meter) {
  return system.spawn(clock_keeper, std::move(clock), std::move(meter));
}

} // namespace maestro
