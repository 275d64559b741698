#include "nodes/simulation/virtual_system.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <set>

namespace maestro::simulation {

namespace {

struct virtual_config : caf::actor_system_config {
  virtual_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("testing"));
    set("logger.inline-output", true);
  }
};

} // namespace

struct virtual_system::parts {
  virtual_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& coordinator =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::set<caf::actor_addr> seen; ///< whoever had a turn
};

virtual_system::virtual_system(timestamp start) : parts_(std::make_unique<parts>()) {
  parts_->coordinator.clock().current_time = caf::actor_clock::time_point{start.time_since_epoch()};
}

virtual_system::~virtual_system() = default;

caf::actor_system& virtual_system::actors() {
  return parts_->system;
}

timestamp virtual_system::now() const {
  return timestamp{std::chrono::duration_cast<duration>(parts_->coordinator.clock().now().time_since_epoch())};
}

wall_clock virtual_system::clock() const {
  return [this] { return now(); };
}

bool virtual_system::step(std::mt19937_64& random) {
  auto& jobs = parts_->coordinator.jobs;
  if (jobs.empty())
    return false;
  auto pick = jobs.begin() + static_cast<std::ptrdiff_t>(random() % jobs.size());
  std::rotate(jobs.begin(), pick, pick + 1);
  if (auto* whom = dynamic_cast<caf::scheduled_actor*>(jobs.front()))
    parts_->seen.insert(whom->address());
  return parts_->coordinator.try_run_once();
}

void virtual_system::advance(duration by) {
  parts_->coordinator.clock().advance_time(by);
}

// What came while an actor awaited an answer is put aside, an exit as well, until the next that is urgent.
void virtual_system::end_all() {
  for (auto& one : parts_->seen)
    if (auto whom = caf::actor_cast<caf::strong_actor_ptr>(one))
      whom->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                    caf::make_message(caf::exit_msg{one, caf::exit_reason::kill}), nullptr);
}

void virtual_system::cancel_timers() {
  parts_->coordinator.clock().cancel_all();
}

} // namespace maestro::simulation
