#include "nodes/cli/render.hpp"

#include <gtest/gtest.h>

using namespace maestro;
using namespace maestro::cli;
using namespace std::chrono_literals;

TEST(Table, AlignsColumnsAndLeavesNoTrailingBlanks) {
  table t{{"NAME", "STATUS", "AGE"}};
  t.add({"arena", "ready", "3m12s"});
  t.add({"a-much-longer-name", "occupied", ""});
  EXPECT_EQ(t.text(false), "NAME                 STATUS     AGE\n"
                           "arena                ready      3m12s\n"
                           "a-much-longer-name   occupied\n");
}

TEST(Table, HeadingsAloneWhenThereAreNoRows) {
  EXPECT_EQ((table{{"A", "B"}}.text(false)), "A   B\n");
}

TEST(Table, ColoursOnlyStatusColumnsAndKeepsAlignment) {
  table t{{"NAME", "STATUS", "AGE"}};
  t.add({"ready", "ready", "1s"});
  EXPECT_EQ(t.text(true), "NAME    STATUS   AGE\nready   \x1b[32mready\x1b[0m    1s\n");
}

TEST(Table, WideCharactersCountOnce) {
  table t{{"A", "B"}};
  t.add({"é→", "x"});
  t.add({"abc", "y"});
  EXPECT_EQ(t.text(false), "A     B\né→    x\nabc   y\n");
}

TEST(Table, AnEmptyColumnCanBeLeftOut) {
  table t{{"A", "REASON", "B"}};
  t.add({"1", "", "2"});
  auto with_reason = t;
  with_reason.add({"3", "exit code 1", "4"});
  t.remove_empty_column("REASON");
  with_reason.remove_empty_column("REASON");
  EXPECT_EQ(t.text(false), "A   B\n1   2\n");
  EXPECT_EQ(with_reason.text(false), "A   REASON        B\n1                 2\n3   exit code 1   4\n");
}

TEST(Description, AlignsEqualSignsAndShowsADashForNothing) {
  EXPECT_EQ(description({{"Name", "arena"}, {"Max surge", ""}}), "Name      = arena\nMax surge = -\n");
}

TEST(Age, ReadsLikeKubectl) {
  struct row {
    duration d;
    const char* text;
  };
  for (auto& [d, text] : {row{-5s, "0s"}, row{0s, "0s"}, row{999ms, "0s"}, row{59s, "59s"}, row{60s, "1m"},
                          row{192s, "3m12s"}, row{3599s, "59m59s"}, row{3600s, "1h"}, row{2h + 5min, "2h5m"},
                          row{24h, "1d"}, row{3 * 24h + 4h, "3d4h"}, row{45 * 24h + 3h, "45d"}})
    EXPECT_EQ(age(d), text);
}

TEST(Age, OfTheZeroTimeAndOfNonsenseIsADash) {
  auto now = *time_of("2026-01-01T00:03:12Z");
  EXPECT_EQ(age_of("2026-01-01T00:00:00Z", now), "3m12s");
  EXPECT_EQ(age_of("0001-01-01T00:00:00Z", now), "-");
  EXPECT_EQ(age_of("", now), "-");
  EXPECT_EQ(age_of("yesterday", now), "-");
}

TEST(Rfc3339, IsReadAsItIsWritten) {
  for (auto* text : {"2026-11-22T14:05:57Z", "2024-02-29T23:59:59.123Z", "1999-12-31T00:00:00.000000001Z"}) {
    auto at = time_of(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(to_rfc3339(*at), text);
  }
  EXPECT_FALSE(time_of("2026-11-22T14:05:57+01:00"));
  EXPECT_FALSE(time_of("2026-11-22"));
}
