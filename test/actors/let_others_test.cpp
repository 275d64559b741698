// Work in slices on a thread that many actors share, with the scheduler that a node of two cores has.
#include "actors/let_others.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace maestro {
namespace {

struct one_thread : caf::actor_system_config {
  one_thread() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("stealing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

using echo_actor = caf::typed_actor<ask<done>::with<done>>;

echo_actor::behavior_type echo(echo_actor::pointer) {
  return {[](done) { return done{}; }};
}

TEST(LetOthers, TwoActorsThatAnswerEachOtherLeaveTheirThreadToAThird) {
  constexpr int rounds_max = 20'000;
  std::atomic<int> rounds{0};
  std::atomic<bool> is_over{false};
  one_thread config;
  caf::actor_system system{config};
  auto partner = system.spawn(echo);
  auto third = system.spawn(echo);
  auto chain = system.spawn([&, partner](caf::event_based_actor* self) -> caf::behavior {
    return {[=, &rounds, &is_over](const timer_fired&) {
      self->request(partner, caf::infinite, done{}).then([=, &rounds, &is_over](done) {
        if (++rounds < rounds_max && !is_over)
          let_others(self);
      });
    }};
  });
  caf::anon_send(chain, timer_fired{});
  while (rounds < 10)
    std::this_thread::yield();
  caf::scoped_actor client{system, true};
  int before = rounds_max;
  client->request(third, caf::infinite, done{})
      .receive([&](done) { before = rounds; }, [](const caf::error&) { FAIL(); });
  EXPECT_LT(before, rounds_max) << "the third had to wait until the two were done";
  is_over = true;
}

TEST(LetOthers, APauseIsAnswered) {
  one_thread config;
  caf::actor_system system{config};
  auto between = system.spawn(pause);
  caf::scoped_actor client{system, true};
  for (int i = 0; i < 3; ++i)
    client->request(between, caf::infinite, done{}).receive([](done) {}, [](const caf::error&) { FAIL(); });
}

} // namespace
} // namespace maestro
