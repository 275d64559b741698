// One actor system in one thread under virtual time: nothing runs until somebody steps it, and which ready actor
// runs next is drawn from a seed. The simulator makes one for each life of the simulated node.
#pragma once

#include "messages/time.hpp"
#include "messages/type_ids.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <functional>
#include <memory>
#include <random>

namespace caf::scheduler {
class test_coordinator;
}

namespace maestro::simulation {

class virtual_system {
public:
  /// `start`: virtual time at which this life begins; time only moves by `advance`.
  explicit virtual_system(timestamp start);
  ~virtual_system();
  virtual_system(const virtual_system&) = delete;
  virtual_system& operator=(const virtual_system&) = delete;

  caf::actor_system& actors();
  wall_clock clock() const;
  timestamp now() const;

  /// One message of one ready actor, chosen by `random`; false when none is ready.
  bool step(std::mt19937_64& random);
  /// Lets time pass; timers that are due become messages, none is handled.
  void advance(duration by);
  /// Every actor that ever had a turn is killed; nothing is handled.
  void end_all();
  /// Forgets every timer.
  void cancel_timers();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro::simulation
