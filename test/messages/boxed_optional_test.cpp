// A boxed optional beside std::optional: absent, present, copied, moved.
#include "messages/boxed_optional.hpp"

#include <gtest/gtest.h>

#include <string>

namespace maestro {
namespace {

using boxed_text = boxed_optional<std::string>;

TEST(BoxedOptional, IsAbsentAtFirstAndAgainAfterReset) {
  boxed_text text;
  EXPECT_FALSE(text);
  text.emplace() = "a";
  EXPECT_TRUE(text);
  text.reset();
  EXPECT_FALSE(text);
  EXPECT_EQ(text, boxed_text());
}

TEST(BoxedOptional, CopiesAreOfTheirOwn) {
  boxed_text text(std::string("a"));
  auto copy = text;
  *copy = "b";
  EXPECT_EQ(*text, "a");
  copy = text;
  EXPECT_EQ(copy, text);
  EXPECT_NE(&*copy, &*text);
  copy = boxed_text();
  EXPECT_FALSE(copy);
  EXPECT_NE(copy, text);
}

TEST(BoxedOptional, OfWhichOneIsMovedAwayIsAbsent) {
  boxed_text text(std::string("a"));
  boxed_text taken = std::move(text);
  EXPECT_EQ(taken->size(), 1u);
  EXPECT_FALSE(text);
}

} // namespace
} // namespace maestro
