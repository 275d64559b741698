// Timers whose owner ends before they are due: they ring while it lives, and nothing of it is kept for them.
#include "actors/alarm.hpp"

#include "test/support/actor_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct ringer_state {
  static inline const char* name = "ringer";
  ringer_state() {}
  alarm timers;
};
using ringer_actor = caf::typed_actor<tell<timer_fired>>;

class Alarm : public ActorTest {
protected:
  ringer_actor spawn_ringer() {
    auto ringer = [this](ringer_actor::stateful_pointer<ringer_state> owner) -> ringer_actor::behavior_type {
      owner->state.timers.ring(owner, 10s, timer_fired{0, 1});
      owner->state.timers.ring(owner, 20s, timer_fired{7, 2});
      return {[this](const timer_fired& timer) { rung.emplace_back(timer.kind, timer.number); }};
    };
    auto made = sys.spawn(ringer);
    run();
    return made;
  }

  std::vector<std::pair<int, std::uint64_t>> rung;
};

TEST_F(Alarm, RingsWhenItIsTime) {
  keep(spawn_ringer());
  advance(9s, 1s);
  EXPECT_TRUE(rung.empty());
  advance(11s, 1s);
  EXPECT_EQ(rung, (std::vector<std::pair<int, std::uint64_t>>{{0, 1}, {7, 2}}));
}

TEST_F(Alarm, AnOwnerThatHasEndedIsNotKeptUntilThen) {
  auto ringer = spawn_ringer();
  auto watched = caf::actor_cast<caf::weak_actor_ptr>(ringer);
  caf::anon_send_exit(ringer, caf::exit_reason::user_shutdown);
  ringer = nullptr;
  run();
  EXPECT_FALSE(watched.lock());
  EXPECT_TRUE(dynamic_cast<caf::detail::simple_actor_clock&>(sys.clock()).schedule().empty()) << "nor its timers";
  advance(20s, 1s);
  EXPECT_TRUE(rung.empty());
}

} // namespace
} // namespace maestro
