// The gate's promise: what concerns one room happens in the order in which it came, whoever it came from.
#include "actors/room_pool/room_gate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace maestro {
namespace {

const room_id here{"arena-a"};
const room_id there{"arena-b"};

struct RoomGate : ::testing::Test {
  room_gate gate;
  std::string order;

  room_gate::intent says(char what) {
    return [this, what] { order += what; };
  }
  room_gate::intent closes(char what) {
    return [this, what] {
      order += what;
      gate.close(here);
    };
  }
};

TEST_F(RoomGate, AnOpenRoomsIntentRunsAtOnce) {
  gate.enter(here, says('1'));
  EXPECT_EQ(order, "1");
  EXPECT_EQ(gate.waiting(here), 0u);
}

TEST_F(RoomGate, AClosedRoomsIntentsWaitInOrderAndOthersDoNot) {
  gate.enter(here, closes('1'));
  gate.enter(here, says('2'));
  gate.enter(here, says('3'));
  gate.enter(there, says('x'));
  EXPECT_EQ(order, "1x");
  EXPECT_EQ(gate.waiting(here), 2u);
  gate.open(here);
  EXPECT_EQ(order, "1x23");
  EXPECT_FALSE(gate.is_closed(here));
}

TEST_F(RoomGate, AnIntentThatClosesStopsTheLine) {
  gate.enter(here, closes('1'));
  gate.enter(here, closes('2'));
  gate.enter(here, says('3'));
  gate.open(here);
  EXPECT_EQ(order, "12");
  EXPECT_TRUE(gate.is_closed(here));
  gate.open(here);
  EXPECT_EQ(order, "123");
}

TEST_F(RoomGate, AnIntentThatEntersItsOwnRoomComesAfterThoseWhoWait) {
  gate.enter(here, closes('0'));
  gate.enter(here, [this] {
    order += '1';
    gate.enter(here, says('N'));
  });
  gate.enter(here, says('2'));
  gate.open(here);
  EXPECT_EQ(order, "012N");
}

TEST_F(RoomGate, AnIntentOfAnOpenRoomThatEntersItsOwnRoomIsFinishedFirst) {
  gate.enter(here, [this] {
    gate.enter(here, says('2'));
    order += '1';
  });
  EXPECT_EQ(order, "12");
}

// Whatever opens, closes and enters: no intent is lost, none runs twice, none overtakes.
RC_GTEST_PROP(RoomGateOrder, IsTheOrderOfArrival, (std::vector<std::uint8_t> steps)) {
  room_gate gate;
  std::vector<int> ran;
  int entered = 0;
  for (auto step : steps) {
    if (step % 4 == 0 && gate.is_closed(here)) {
      gate.open(here);
      continue;
    }
    auto number = entered++;
    bool closes = step % 4 == 1;
    bool nests = step % 4 == 2;
    int nested = nests ? entered++ : -1;
    gate.enter(here, [&gate, &ran, number, closes, nested] {
      ran.push_back(number);
      if (closes)
        gate.close(here);
      if (nested >= 0)
        gate.enter(here, [&ran, nested] { ran.push_back(-nested); });
    });
  }
  while (gate.is_closed(here))
    gate.open(here);
  RC_ASSERT(static_cast<int>(ran.size()) == entered);
  std::vector<int> outer;
  for (auto number : ran)
    if (number >= 0)
      outer.push_back(number);
  RC_ASSERT(std::is_sorted(outer.begin(), outer.end()));
}

} // namespace
} // namespace maestro
