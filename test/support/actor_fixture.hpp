// Deterministic actor tests: one thread, nothing runs until the test says so, time is virtual. Every actor test
// derives from ActorTest. `now` is the wall clock to hand to actors; it moves with the actors' own clock. Timers
// fire in order only if time moves in steps, so `advance` steps. Detached and blocking actors do not belong here.
#pragma once

#include "messages/type_ids.hpp"
#include "test/support/blocking_question.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace maestro {

struct deterministic_config : caf::actor_system_config {
  deterministic_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("testing"));
    set("logger.inline-output", true);
  }
};

class ActorTest : public ::testing::Test {
public:
  ActorTest() { coordinator().clock().current_time += std::chrono::hours(1); }

  void TearDown() override {
    run();
    for (auto& handle : kept_)
      caf::anon_send_exit(handle, caf::exit_reason::kill);
    kept_.clear();
    run();
    coordinator().clock().cancel_all(); // undelivered timers hold references
  }

  caf::scheduler::test_coordinator& coordinator() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  }

  /// Ends the actor at the end of the test; every actor needs an owner.
  template <class Handle>
  Handle keep(Handle handle) {
    kept_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  /// Ends an actor at once, as a crash of its node would.
  template <class Handle>
  void kill(const Handle& handle) {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    run();
  }

  /// Handles messages until there are none.
  void run() { coordinator().run(); }

  /// Lets `total` pass in slices of `step`, handling all messages after each.
  void advance(caf::timespan total, caf::timespan step = std::chrono::milliseconds(10)) {
    for (; total > caf::timespan{0}; total -= step) {
      coordinator().clock().advance_time(std::min(step, total));
      run();
    }
  }

  /// Any runnable actor handles one message, until there are none: an interleaving that the engine chooses.
  template <class Engine>
  void run_random(Engine& engine) {
    auto& jobs = coordinator().jobs;
    while (!jobs.empty()) {
      auto pick = static_cast<std::ptrdiff_t>(engine() % jobs.size());
      std::rotate(jobs.begin(), jobs.begin() + pick, jobs.begin() + pick + 1);
      coordinator().run_once();
    }
  }

  /// Requests, runs to quiescence, fetches. `sec::request_timeout` when nobody answered yet.
  template <class Response, class Handle, class Question>
  caf::expected<Response> ask(const Handle& handle, Question&& question) {
    auto pending = send_question(self, handle, std::forward<Question>(question));
    run();
    if (self->mailbox().empty())
      return caf::make_error(caf::sec::request_timeout);
    return hear_answer<Response>(self, pending);
  }

  /// Like `ask` for answers that carry nothing: none means success.
  template <class Handle, class Question>
  caf::error ask_unit(const Handle& handle, Question&& question) {
    auto answer = ask<done>(handle, std::forward<Question>(question));
    return answer ? caf::error{} : answer.error();
  }

  /// Wall clock under virtual time: a fixed date plus the virtual time that has passed.
  wall_clock now() {
    auto& clock = coordinator().clock();
    return [&clock] {
      auto since = std::chrono::duration_cast<duration>(clock.now().time_since_epoch());
      return timestamp{std::chrono::seconds{1'750'000'000}} + since;
    };
  }

  deterministic_config config;
  caf::actor_system sys{config};
  caf::scoped_actor self{sys, true}; // hidden: shutdown does not wait for it

private:
  std::vector<caf::actor> kept_;
};

} // namespace maestro
