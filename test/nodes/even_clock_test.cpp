#include "nodes/even_clock.hpp"

#include <gtest/gtest.h>

namespace maestro {
namespace {

using namespace std::chrono_literals;

struct machine {
  duration steady = 5h;
  timestamp wall{1'750'000'000s};
  even_clock clock{{[this] { return steady; }, [this] { return wall; }}};

  void pass(duration time) {
    steady += time;
    wall += time;
  }
  void run(duration time) {
    for (duration done{}; done < time; done += 1s) {
      pass(1s);
      clock.keep();
    }
  }
};

TEST(EvenClock, IsTheWallsTimeAndEvenFromTheStart) {
  machine m;
  auto started = m.wall;
  m.run(1min);
  EXPECT_EQ(m.clock.read().now, started + 1min);
  EXPECT_EQ(m.clock.read().even_since, started);
}

TEST(EvenClock, TakesOverAStepAndSaysSoOnce) {
  for (duration step : {duration{5min}, duration{-1h}, duration{24h * 365}, duration{-1500ms}}) {
    machine m;
    m.run(1min);
    auto began = m.clock.read().now;
    m.wall += step;
    EXPECT_EQ(m.clock.read().now, began) << "nobody has noticed yet: time goes on evenly";
    auto seen = m.clock.keep();
    EXPECT_EQ(seen.stepped_by, step);
    EXPECT_EQ(seen.paused_for, 0s);
    EXPECT_EQ(m.clock.read().now, m.wall);
    EXPECT_EQ(m.clock.read().even_since, m.wall) << "no duration reaches across the step";
    m.pass(1s);
    EXPECT_FALSE(m.clock.keep());
    EXPECT_EQ(m.clock.read().even_since, m.wall - 1s);
  }
}

TEST(EvenClock, SmallStepsAddUpAndAreTakenOverTogether) {
  machine m;
  int noticed = 0;
  for (int i = 0; i < 10; ++i) {
    m.wall += 400ms;
    m.pass(1s);
    noticed += m.clock.keep().stepped_by != 0s;
  }
  EXPECT_EQ(noticed, 3) << "each time more than a second has gathered";
  EXPECT_LE(m.wall - m.clock.read().now, even_clock::tolerated);
}

TEST(EvenClock, WhoeverReadsFirstAfterAPauseKnowsOfIt) {
  machine m;
  m.run(1min);
  m.pass(6s);
  EXPECT_EQ(m.clock.read().even_since, m.wall) << "nobody has kept the clock yet";
  EXPECT_EQ(m.clock.keep().paused_for, 6s);
  auto resumed = m.wall;
  m.run(1min);
  EXPECT_EQ(m.clock.read().even_since, resumed);
}

TEST(EvenClock, AMachineWhoseSteadyClockSleptLooksLikeAStep) {
  machine m;
  m.run(1min);
  m.wall += 8h; // suspended: the steady clock stood still
  EXPECT_EQ(m.clock.keep().stepped_by, 8h);
  EXPECT_EQ(m.clock.read().even_since, m.wall);
}

TEST(Lasted, CountsOnlyWhatIsCertain) {
  timestamp noon{1'750'000'000s};
  clock_reading at{noon, noon - 10min};
  EXPECT_EQ(lasted(noon - 3min, at), 3min);
  EXPECT_EQ(lasted(noon - 3h, at), 10min) << "from before the clock ran evenly";
  EXPECT_EQ(lasted(noon + 1h, at), 10min) << "the wall clock was put back since";
  EXPECT_EQ(lasted(never, at), 10min);
}

} // namespace
} // namespace maestro
