#include "test/support/allocation_history.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

history_time at(int moment) {
  return history_time() + std::chrono::seconds(moment);
}

allocation given(const std::string& client, const std::string& room, int asked, int answered) {
  return {client, room, allocation_outcome::given, at(asked), at(answered), {}, {}};
}

allocation kept_until(allocation one, int return_asked, std::optional<int> returned) {
  one.return_asked = at(return_asked);
  if (returned)
    one.returned = at(*returned);
  return one;
}

auto judged(const std::vector<allocation>& history) {
  return violations(history, {"r1", "r2"});
}

TEST(AllocationHistory, OneAfterAnotherIsAsItShouldBe) {
  EXPECT_THAT(judged({}), IsEmpty());
  EXPECT_THAT(judged({kept_until(given("a", "r1", 1, 2), 3, 4), kept_until(given("b", "r1", 5, 6), 7, 8),
                      given("a", "r1", 9, 10), given("b", "r2", 1, 2)}),
              IsEmpty());
}

TEST(AllocationHistory, ARoomThatIsKeptIsNotGivenAgain) {
  EXPECT_THAT(judged({given("a", "r1", 1, 2), given("b", "r1", 3, 4)}),
              ElementsAre(HasSubstr("r1 was given to b while a had it")));
  EXPECT_THAT(judged({given("b", "r1", 3, 4), given("a", "r1", 1, 2)}), ElementsAre(HasSubstr("r1")))
      << "in whichever order it was written down";
  EXPECT_THAT(judged({given("a", "r1", 1, 9), given("b", "r1", 2, 8)}), ElementsAre(HasSubstr("r1")))
      << "asked at the same time";
}

TEST(AllocationHistory, ARoomIsFreeFromTheMomentItIsBeingGivenBack) {
  auto first = kept_until(given("a", "r1", 1, 2), 5, 9);
  EXPECT_THAT(judged({first, given("b", "r1", 6, 7)}), IsEmpty()) << "before that was acknowledged";
  EXPECT_THAT(judged({first, given("b", "r1", 3, 6)}), IsEmpty()) << "who waited for it";
  EXPECT_THAT(judged({first, given("b", "r1", 3, 4)}), ElementsAre(HasSubstr("before a gave it back")));
  EXPECT_THAT(judged({kept_until(given("a", "r1", 1, 2), 5, {}), given("b", "r1", 100, 101)}), IsEmpty())
      << "nobody knows when";
}

TEST(AllocationHistory, AChainOfHoldersNeedsAMomentForEach) {
  // The second was answered at 6 and gave back what was acknowledged at 8: the third was answered before.
  auto second = kept_until(given("b", "r1", 3, 6), 7, 8);
  auto first = kept_until(given("a", "r1", 1, 2), 3, 8);
  EXPECT_THAT(judged({first, second, given("c", "r1", 4, 7)}), IsEmpty());
  EXPECT_THAT(judged({first, kept_until(given("b", "r1", 3, 4), 7, 8), given("c", "r1", 4, 6)}),
              ElementsAre(HasSubstr("c before b gave it back")));
}

TEST(AllocationHistory, AnUnknownOutcomeForbidsNothingAndProvesNothing) {
  allocation lost{"a", "", allocation_outcome::unknown, at(1), at(2), {}, {}};
  allocation refused{"a", "", allocation_outcome::refused, at(1), at(2), {}, {}};
  EXPECT_THAT(judged({lost, refused, given("b", "r1", 3, 4)}), IsEmpty());
  EXPECT_THAT(judged({lost, given("b", "r1", 3, 4), given("c", "r1", 5, 6)}), ElementsAre(HasSubstr("r1")));
  auto counts = count({lost, refused, given("b", "r1", 3, 4), given("c", "r2", 5, 6)});
  EXPECT_EQ(counts.given, 2u);
  EXPECT_EQ(counts.refused, 1u);
  EXPECT_EQ(counts.unknown, 1u);
}

TEST(AllocationHistory, WhatNeverWasIsNotGiven) {
  EXPECT_THAT(judged({given("a", "r9", 1, 2)}), ElementsAre(HasSubstr("r9 was given to a and never was")));
  EXPECT_THAT(judged({kept_until(given("a", "r1", 1, 4), 3, 5)}), ElementsAre(HasSubstr("runs backwards")));
}

} // namespace

} // namespace maestro
